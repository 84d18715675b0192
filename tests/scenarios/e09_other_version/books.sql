UPDATE rental.contract_meta SET contract_version = 2;
