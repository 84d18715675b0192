#include "report/capital.h"

static const char *const digits[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

static const uint64_t MYRIAD = 10000;
static const uint64_t MYRIAD_SQUARED = UINT64_C(100000000);

/* 1 … 9999. A run of zeros inside is one 零. */
static void add_thousands(struct buf *out, uint64_t value)
{
    static const char *const places[] = {"仟", "佰", "拾", ""};
    uint64_t scale = 1000;
    bool zero = false;
    bool begun = false;

    for (size_t i = 0; i < 4; i++, scale /= 10) {
        uint64_t digit = value / scale % 10;

        if (digit == 0) {
            zero = begun;
            continue;
        }
        buf_add_format(out, "%s%s%s", zero ? digits[0] : "", digits[digit], places[i]);
        zero = false;
        begun = true;
    }
}

/* Below 10^8, not zero. */
static void add_myriads(struct buf *out, uint64_t value)
{
    uint64_t high = value / MYRIAD;
    uint64_t low = value % MYRIAD;

    if (high > 0) {
        add_thousands(out, high);
        buf_add_text(out, "万");
        if (low > 0 && low < MYRIAD / 10)
            buf_add_text(out, digits[0]);
    }
    if (low > 0)
        add_thousands(out, low);
}

/* Not zero. 10^16 and more are 亿亿: the same step once more. */
static void add_whole(struct buf *out, uint64_t value)
{
    uint64_t steps[3] = {value / MYRIAD_SQUARED / MYRIAD_SQUARED,
                         value / MYRIAD_SQUARED % MYRIAD_SQUARED, value % MYRIAD_SQUARED};
    bool begun = false;

    for (size_t i = 0; i < 3; i++) {
        if (steps[i] > 0) {
            if (begun && steps[i] < MYRIAD_SQUARED / 10)
                buf_add_text(out, digits[0]);
            add_myriads(out, steps[i]);
            begun = true;
        }
        if (begun && i < 2)
            buf_add_text(out, "亿");
    }
}

void money_capital(struct money money, struct buf *out)
{
    uint64_t fen = money.fen < 0 ? 0 - (uint64_t)money.fen : (uint64_t)money.fen;
    uint64_t tenths = fen / 10 % 10;
    uint64_t hundredths = fen % 10;

    if (money.fen < 0)
        buf_add_text(out, "负");
    if (fen >= 100)
        add_whole(out, fen / 100);
    if (fen >= 100 || fen == 0)
        buf_add_text(out, fen == 0 ? "零元" : "元");
    if (tenths > 0)
        buf_add_format(out, "%s角", digits[tenths]);
    else if (hundredths > 0 && fen >= 100)
        buf_add_text(out, digits[0]);
    if (hundredths > 0)
        buf_add_format(out, "%s分", digits[hundredths]);
    else
        buf_add_text(out, "整");
}
