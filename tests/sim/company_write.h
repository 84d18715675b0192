/* Writes a company as files: what wxpay-sim plays, what the reference platform's tables hold, and
 * what to expect. */
#ifndef SIM_COMPANY_WRITE_H
#define SIM_COMPANY_WRITE_H

#include "company.h"
#include "fail.h"
#include "text.h"

/* world.jsonl, books.sql and README.txt in `folder`, which is made when it is not there. */
bool company_write(const struct company *company, const char *folder, struct fail *fail);

/* Parts of it. */
void company_put_world(const struct company *company, struct text *out);
void company_put_books(const struct company *company, struct text *out);
void company_put_readme(const struct company *company, struct text *out);

#endif
