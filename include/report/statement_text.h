/* A statement as text: the store profile for people, the machine profile, and the manifest (DOMAIN
 * §6, §7). Pure: the bytes depend on nothing but what is given here.
 *
 *     statement_text_begin(&text, &head, err)     head and summary, heads of the items
 *     statement_text_item(&text, &item)           each item, in order
 *     statement_text_manifest(&text, &head, out)  after the last: names and hashes both files
 */
#ifndef REPORT_STATEMENT_TEXT_H
#define REPORT_STATEMENT_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "settle/statement.h"
#include "text/csv.h"

/* One store's statement as a file; a million items are about 250 MB. */
enum { STATEMENT_TEXT_MAX = 1 << 30 };

/* A stored version of a statement, without its items. */
struct statement_head {
    struct view mchid;
    struct view merchant_name;
    struct view store_id;
    struct view store_name;
    struct date from, to; /* both included */
    int32_t version;
    struct view differs; /* from version − 1; empty for the first */
    struct view terms;   /* JSON, as settle/statement.h writes it */
    struct view terms_sha256;
    struct view bills; /* JSON */
    struct view content_sha256;
    bool has_previous; /* the store's statement before this one */
    struct date previous_from;
    int32_t previous_version;
    struct view previous_sha256;
    int64_t item_count;
    struct view engine_version;
    struct instant made_at;
    struct statement_amount lines[LINE_COUNT];
};

struct statement_text {
    struct buf people;
    struct buf machine;
    struct csv_writer people_csv;
    struct csv_writer machine_csv;
    int64_t items;
};

void statement_text_init(struct statement_text *text);
void statement_text_release(struct statement_text *text);

/* May follow on an earlier statement. ERR_DATA when the stored terms are not understood. */
bool statement_text_begin(struct statement_text *text, const struct statement_head *head,
                          struct err *err);
void statement_text_item(struct statement_text *text, struct date bill_day,
                         const struct statement_item *item);

/* `base_name` is that of the files without their endings. */
void statement_text_manifest(const struct statement_text *text, const struct statement_head *head,
                             const char *base_name, struct buf *out);

/* settle_{mchid}_{store}_{period}_v{n}. ERR_LIMIT when it would be too long for a file's name. */
bool statement_base_name(const struct statement_head *head, struct buf *out, struct err *err);

#endif
