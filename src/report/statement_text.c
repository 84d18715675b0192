#include "report/statement_text.h"

#include "report/capital.h"
#include "text/json.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    TERMS_MAX = 64 * 1024,
    CELL_MAX = 64 * 1024,
    /* NAME_MAX of the usual file systems is 255; the longest ending is .machine.csv, and a
     * temporary name is longer still. */
    BASE_NAME_MAX = 200,
};

void statement_text_init(struct statement_text *text)
{
    *text = (struct statement_text){.people = BUF_INIT(STATEMENT_TEXT_MAX),
                                    .machine = BUF_INIT(STATEMENT_TEXT_MAX)};
}

void statement_text_release(struct statement_text *text)
{
    buf_release(&text->people);
    buf_release(&text->machine);
}

static void cell_text(struct csv_writer *csv, const char *text)
{
    csv_writer_cell(csv, CSV_CELL_TEXT, view_of(text));
}

static void cell_number(struct csv_writer *csv, const char *text)
{
    csv_writer_cell(csv, CSV_CELL_NUMBER, view_of(text));
}

static void cell_count(struct csv_writer *csv, int64_t count)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%" PRId64, count);
    cell_number(csv, digits);
}

/* An id that is there; an empty one is an empty cell, without the TAB. */
static void cell_id(struct csv_writer *csv, struct view id)
{
    csv_writer_cell(csv, id.length > 0 ? CSV_CELL_ID : CSV_CELL_TEXT, id);
}

static void row_of_two(struct csv_writer *csv, const char *name, struct view value)
{
    cell_text(csv, name);
    csv_writer_cell(csv, CSV_CELL_TEXT, value);
    csv_writer_end_row(csv);
}

static void empty_row(struct csv_writer *csv)
{
    cell_text(csv, "");
    csv_writer_end_row(csv);
}

static const char *kind_name(enum books_kind kind)
{
    switch (kind) {
    case BOOKS_RENT:
        return "租金";
    case BOOKS_DEPOSIT:
        return "押金";
    case BOOKS_INSURANCE:
        return "保险";
    case BOOKS_SWAP:
        return "换电";
    case BOOKS_DAMAGE:
        return "损坏赔偿";
    case BOOKS_PENALTY:
        return "违约金";
    case BOOKS_OTHER_KIND:
        break;
    }
    return "其他";
}

static const char *bearer_name(struct view bearer)
{
    if (view_equal_text(bearer, "STORE"))
        return "门店承担";
    return view_equal_text(bearer, "OPERATOR") ? "运营商承担" : "按分成比例承担";
}

static const char *cycle_name(struct view cycle)
{
    if (view_equal_text(cycle, "DAY"))
        return "日结";
    return view_equal_text(cycle, "WEEK") ? "周结" : "月结";
}

/* 租金 70.00%，手续费门店承担，日结，自 2026-01-01 起 */
static bool add_term(struct json_node node, struct arena *arena, struct buf *out, struct err *err)
{
    struct view kind;
    struct view from;
    struct view to = {0};
    struct view bearer;
    struct view cycle;
    struct ppm share;
    struct money fixed;
    const struct json_field fields[] = {
        {"kind", JSON_FIELD_TEXT, &kind, JSON_REQUIRED},
        {"valid_from", JSON_FIELD_TEXT, &from, JSON_REQUIRED},
        {"valid_to", JSON_FIELD_TEXT, &to, JSON_OPTIONAL},
        {"share_ppm", JSON_FIELD_INTEGER, &share.value, JSON_REQUIRED},
        {"fixed_fen", JSON_FIELD_INTEGER, &fixed.fen, JSON_REQUIRED},
        {"fee_bearer", JSON_FIELD_TEXT, &bearer, JSON_REQUIRED},
        {"cycle", JSON_FIELD_TEXT, &cycle, JSON_REQUIRED},
    };

    if (!json_node_unpack(node, JSON_FIELDS(fields), arena, err))
        return false;

    buf_add_format(out, "%s %s，手续费%s，%s", kind_name(books_kind_by_name(kind)),
                   rate_text(share).s, bearer_name(bearer), cycle_name(cycle));
    if (fixed.fen != 0)
        buf_add_format(out, "，每期固定 %s", money_text(fixed).s);
    buf_add_format(out, "，自 %.*s 起", VIEW_ARG(from));
    if (to.length > 0)
        buf_add_format(out, "至 %.*s", VIEW_ARG(to));
    return true;
}

static bool add_terms(struct csv_writer *csv, const struct json_doc *doc, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(buf_release) struct buf line = BUF_INIT(CELL_MAX);
    struct json_node list = json_doc_root(doc);

    if (json_node_count(list) == 0)
        row_of_two(csv, "分成条款", VIEW("无"));
    for (size_t i = 0; i < json_node_count(list); i++) {
        buf_clear(&line);
        if (!add_term(json_node_at(list, i), &arena, &line, err))
            return err_wrap(err, "stored terms");
        row_of_two(csv, "分成条款", buf_view(&line));
    }
    return true;
}

static bool parse_terms(struct csv_writer *csv, const struct statement_head *head, struct err *err)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;

    if (!json_doc_parse(head->terms, TERMS_MAX, &doc, err))
        return err_wrap(err, "stored terms");
    return add_terms(csv, &doc, err);
}

static void add_identity(struct csv_writer *csv, const char *name, struct view value,
                         const char *id_name, struct view id)
{
    cell_text(csv, name);
    csv_writer_cell(csv, CSV_CELL_TEXT, value);
    cell_text(csv, id_name);
    cell_id(csv, id);
    csv_writer_end_row(csv);
}

static bool add_head(struct csv_writer *csv, const struct statement_head *head, struct err *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(CELL_MAX);

    row_of_two(csv, "门店结算单", head->store_name);
    add_identity(csv, "商户", head->merchant_name, "商户号", head->mchid);
    add_identity(csv, "门店", head->store_name, "门店编号", head->store_id);
    buf_add_format(&line, "%s 至 %s", date_text(head->from).s, date_text(head->to).s);
    row_of_two(csv, "账期", buf_view(&line));
    row_of_two(csv, "时区", VIEW("北京时间 UTC+08:00"));
    buf_clear(&line);
    buf_add_format(&line, "v%" PRId32, head->version);
    row_of_two(csv, "版本", buf_view(&line));
    if (head->differs.length > 0) {
        buf_clear(&line);
        buf_add_format(&line, "v%" PRId32 "：%.*s", head->version - 1, VIEW_ARG(head->differs));
        row_of_two(csv, "替代", buf_view(&line));
    }
    row_of_two(csv, "生成时间", view_of(instant_text_beijing(head->made_at).s));
    return parse_terms(csv, head, err);
}

static void add_line(struct csv_writer *csv, const struct statement_head *head,
                     enum statement_line line)
{
    const struct statement_line_info *info = statement_line_info(line);

    cell_text(csv, info->name);
    if (info->counted)
        cell_count(csv, head->lines[line].count);
    else
        cell_text(csv, "");
    cell_number(csv, money_text(head->lines[line].money).s);
    csv_writer_end_row(csv);
}

static void add_summary(struct csv_writer *csv, const struct statement_head *head)
{
    CLEANUP(buf_release) struct buf capital = BUF_INIT(CELL_MAX);
    bool info = false;

    cell_text(csv, "项目");
    cell_text(csv, "笔数");
    cell_text(csv, "金额（元）");
    csv_writer_end_row(csv);
    for (size_t i = 0; i < LINE_COUNT; i++) {
        enum statement_line line = (enum statement_line)i;

        if (statement_line_info(line)->info && !info) {
            empty_row(csv);
            row_of_two(csv, "仅供参考，不计入应结", VIEW(""));
            info = true;
        }
        add_line(csv, head, line);
        if (line == LINE_NET) {
            money_capital(head->lines[line].money, &capital);
            cell_text(csv, "应结净额（大写）");
            cell_text(csv, "");
            csv_writer_cell(csv, CSV_CELL_TEXT, buf_view(&capital));
            csv_writer_end_row(csv);
        }
    }
}

static void add_heads(struct csv_writer *csv, const char *const *heads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cell_text(csv, heads[i]);
    csv_writer_end_row(csv);
}

bool statement_text_begin(struct statement_text *text, const struct statement_head *head,
                          struct err *err)
{
    static const char *const people_heads[] = {
        "交易时间", "商户订单号", "微信支付单号", "商户退款单号",   "租借单号",
        "类型",     "金额（元）", "手续费（元）", "门店分成（元）", "备注"};
    static const char *const machine_heads[] = {
        "bill_day", "line_no",      "item_no",        "entry_kind",     "item_kind",
        "trade_at", "out_trade_no", "transaction_id", "out_refund_no",  "rental_no",
        "code",     "amount_fen",   "fee_millifen",   "borne_millifen", "share_fen"};

    buf_clear(&text->people);
    buf_clear(&text->machine);
    text->items = 0;
    csv_writer_init(&text->people_csv, CSV_PROFILE_STORE, &text->people);
    csv_writer_init(&text->machine_csv, CSV_PROFILE_MACHINE, &text->machine);
    if (!add_head(&text->people_csv, head, err))
        return false;

    empty_row(&text->people_csv);
    add_summary(&text->people_csv, head);
    empty_row(&text->people_csv);
    add_heads(&text->people_csv, people_heads, sizeof(people_heads) / sizeof(people_heads[0]));
    add_heads(&text->machine_csv, machine_heads, sizeof(machine_heads) / sizeof(machine_heads[0]));
    return true;
}

static void add_people_item(struct csv_writer *csv, const struct statement_item *item)
{
    bool open = item->code.length > 0;
    struct fee fee = {-item->borne.millifen};
    char kind[32];

    (void)snprintf(kind, sizeof(kind), "%s%s", kind_name(item->kind), item->refund ? "退款" : "");
    cell_number(csv, instant_text_beijing(item->trade_at).s);
    cell_id(csv, item->out_trade_no);
    cell_id(csv, item->transaction_id);
    cell_id(csv, item->out_refund_no);
    cell_id(csv, item->rental_no);
    cell_text(csv, kind);
    cell_number(csv, money_text(item->amount).s);
    cell_number(csv, open ? "" : fee_text(fee).s);
    cell_number(csv, open ? "" : money_text(item->share).s);
    if (open) {
        char note[64];

        (void)snprintf(note, sizeof(note), "差错 %.*s 未决，不计入", VIEW_ARG(item->code));
        cell_text(csv, note);
    } else {
        cell_text(csv, settle_kind_is_shared(item->kind) ? "" : "不参与分成");
    }
    csv_writer_end_row(csv);
}

static void add_machine_item(struct csv_writer *csv, struct date bill_day,
                             const struct statement_item *item)
{
    cell_number(csv, date_text(bill_day).s);
    cell_count(csv, item->line_no);
    cell_count(csv, item->item_no);
    cell_text(csv, item->refund ? "REFUND" : "PAYMENT");
    cell_text(csv, books_kind_name(item->kind));
    cell_number(csv, instant_text(item->trade_at).s);
    cell_id(csv, item->out_trade_no);
    cell_id(csv, item->transaction_id);
    cell_id(csv, item->out_refund_no);
    cell_id(csv, item->rental_no);
    csv_writer_cell(csv, CSV_CELL_TEXT, item->code);
    cell_count(csv, item->amount.fen);
    cell_count(csv, item->fee.millifen);
    cell_count(csv, item->borne.millifen);
    cell_count(csv, item->share.fen);
    csv_writer_end_row(csv);
}

void statement_text_item(struct statement_text *text, struct date bill_day,
                         const struct statement_item *item)
{
    add_people_item(&text->people_csv, item);
    add_machine_item(&text->machine_csv, bill_day, item);
    text->items++;
}

static void add_file(struct json_writer *json, const char *base_name, const char *ending,
                     struct view content)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(CELL_MAX);
    struct digest_value digest = digest_of(DIGEST_SHA256, content);

    buf_add_format(&name, "%s%s", base_name, ending);
    json_writer_begin_object(json);
    json_writer_pair_text(json, "name", buf_view(&name));
    json_writer_pair_integer(json, "bytes", (int64_t)content.length);
    json_writer_pair_text(json, "sha256", view_of(digest_text(&digest).s));
    json_writer_end_object(json);
}

static void add_names(struct json_writer *json, const struct statement_head *head)
{
    json_writer_pair_text(json, "format", VIEW("payrecon-statement-1"));
    json_writer_pair_text(json, "mchid", head->mchid);
    json_writer_pair_text(json, "merchant", head->merchant_name);
    json_writer_pair_text(json, "store_id", head->store_id);
    json_writer_pair_text(json, "store", head->store_name);
    json_writer_pair_text(json, "period_from", view_of(date_text(head->from).s));
    json_writer_pair_text(json, "period_to", view_of(date_text(head->to).s));
    json_writer_pair_integer(json, "version", head->version);
    json_writer_key(json, "replaces");
    if (head->differs.length > 0) {
        json_writer_begin_object(json);
        json_writer_pair_integer(json, "version", head->version - 1);
        json_writer_pair_text(json, "differs", head->differs);
        json_writer_end_object(json);
    } else {
        json_writer_null(json);
    }
}

static void add_proof(struct json_writer *json, const struct statement_head *head)
{
    json_writer_key(json, "previous");
    if (head->has_previous) {
        json_writer_begin_object(json);
        json_writer_pair_text(json, "period_from", view_of(date_text(head->previous_from).s));
        json_writer_pair_integer(json, "version", head->previous_version);
        json_writer_pair_text(json, "content_sha256", head->previous_sha256);
        json_writer_end_object(json);
    } else {
        json_writer_null(json);
    }
    json_writer_pair_text(json, "engine_version", head->engine_version);
    json_writer_pair_text(json, "made_at", view_of(instant_text(head->made_at).s));
    json_writer_key(json, "bills");
    json_writer_json(json, head->bills);
    json_writer_key(json, "terms");
    json_writer_json(json, head->terms);
    json_writer_pair_text(json, "terms_sha256", head->terms_sha256);
    json_writer_pair_text(json, "content_sha256", head->content_sha256);
}

static void add_lines(struct json_writer *json, const struct statement_head *head)
{
    json_writer_key(json, "lines");
    json_writer_begin_array(json);
    for (size_t i = 0; i < LINE_COUNT; i++) {
        const struct statement_amount *amount = &head->lines[i];

        json_writer_begin_object(json);
        json_writer_pair_text(json, "line",
                              view_of(statement_line_info((enum statement_line)i)->code));
        json_writer_pair_integer(json, "items", amount->count);
        json_writer_pair_integer(json, "amount_fen", amount->money.fen);
        json_writer_end_object(json);
    }
    json_writer_end_array(json);
    json_writer_pair_integer(json, "items", head->item_count);
}

void statement_text_manifest(const struct statement_text *text, const struct statement_head *head,
                             const char *base_name, struct buf *out)
{
    struct json_writer json;

    json_writer_init(&json, out);
    json_writer_begin_object(&json);
    add_names(&json, head);
    add_proof(&json, head);
    add_lines(&json, head);
    json_writer_key(&json, "files");
    json_writer_begin_array(&json);
    add_file(&json, base_name, ".csv", buf_view(&text->people));
    add_file(&json, base_name, ".machine.csv", buf_view(&text->machine));
    json_writer_end_array(&json);
    json_writer_end_object(&json);
    buf_add_byte(out, '\n');
}

/* Names from the database reach a path only through this (DOMAIN §7). Different names stay
 * different. */
static void add_safe(struct buf *out, struct view name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool plain =
            letter || (c >= '0' && c <= '9') || c == '_' || c == '-' || (c == '.' && i > 0);

        if (plain)
            buf_add_byte(out, c);
        else
            buf_add_format(out, "~%02X", (unsigned)(unsigned char)c);
    }
}

bool statement_base_name(const struct statement_head *head, struct buf *out, struct err *err)
{
    size_t start = out->length;

    buf_add_text(out, "settle_");
    add_safe(out, head->mchid);
    buf_add_byte(out, '_');
    add_safe(out, head->store_id);
    buf_add_format(out, "_%s", date_text(head->from).s);
    if (head->from.days != head->to.days)
        buf_add_format(out, "_%s", date_text(head->to).s);
    buf_add_format(out, "_v%" PRId32, head->version);
    if (out->overflowed || out->length - start > BASE_NAME_MAX)
        return err_set(err, ERR_LIMIT, "store \"%.*s\": its number is too long for a file's name",
                       VIEW_ARG(head->store_id));
    return true;
}
