/* Amounts in the capital numerals of Chinese bills (大写): 1234.50 is 壹仟贰佰叁拾肆元伍角整. Zero
 * is 零元整, a negative amount begins with 负. */
#ifndef REPORT_CAPITAL_H
#define REPORT_CAPITAL_H

#include "base/buf.h"
#include "base/money.h"

void money_capital(struct money money, struct buf *out);

#endif
