UPDATE recon.merchant SET fund_account = NULL;
