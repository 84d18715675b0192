#include "run/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

#define MCHID VIEW("1900000109")

static struct date day_of(const char *text)
{
    struct date day;

    assert_true(date_parse(view_of(text), &day));
    return day;
}

static struct evidence_bill bill(void)
{
    return (struct evidence_bill){MCHID, day_of("2026-05-31"), EVIDENCE_TRADE_ALL};
}

static int setup(void **state)
{
    int result = test_database_setup(state);

    if (result == 0)
        test_sql(*state, "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day,"
                         " created_at) VALUES ('1900000109', 'x', 'DIRECT', 6000, '2026-05-01',"
                         " '2026-05-01')");
    return result;
}

/* Stores these bytes; `announced` NULL: by hand. */
static struct evidence_stored store(struct test_database *database, struct view bytes,
                                    const char *announced)
{
    CLEANUP(incoming_done) struct incoming *incoming = NULL;
    struct evidence_source source = {
        .bill = bill(), .announced_sha1 = announced, .request_id = "ABC-268"};
    struct incoming_digests digests;
    struct evidence_stored stored;
    struct err err = ERR_INIT;

    expect_good(incoming_open(&incoming, &err), &err);
    expect_good(incoming_push(incoming, bytes, &err), &err);
    incoming_finish(incoming, &digests);
    expect_good(pg_begin(database->pg, PG_READ_WRITE, &err), &err);
    expect_good(evidence_store(database->pg, &source, incoming, &digests, &stored, &err), &err);
    expect_good(pg_commit(database->pg, &err), &err);
    return stored;
}

static bool find(struct test_database *database, struct evidence_file *file)
{
    const struct evidence_bill name = bill();
    struct err err = ERR_INIT;
    bool found;

    expect_good(evidence_find(database->pg, &name, file, &found, &err), &err);
    return found;
}

static bool add(void *context, struct view bytes, struct err *err)
{
    (void)err;
    buf_add_view(context, bytes);
    return true;
}

static bool read_back(struct test_database *database, const struct evidence_file *file,
                      struct buf *content, struct err *err)
{
    const struct evidence_bill name = bill();

    return evidence_read(database->pg, &name, file, add, content, err);
}

static void test_versions(void **state)
{
    struct test_database *database = *state;
    struct evidence_file file;
    struct evidence_stored stored;

    assert_false(find(database, &file));

    stored = store(database, VIEW("first"), NULL);
    assert_int_equal(stored.version, 1);
    assert_true(stored.is_new && stored.valid);

    stored = store(database, VIEW("first"), NULL);
    assert_int_equal(stored.version, 1);
    assert_false(stored.is_new);

    stored = store(database, VIEW("second"), NULL);
    assert_int_equal(stored.version, 2);
    assert_true(stored.is_new);

    /* What was there before the last one is another version again. */
    stored = store(database, VIEW("first"), NULL);
    assert_int_equal(stored.version, 3);
    assert_true(stored.is_new);

    assert_true(find(database, &file));
    assert_int_equal(file.version, 3);
    assert_int_equal(file.received_bytes, 5);
    assert_int_equal(file.plain_bytes, 5);
    assert_false(file.no_statement);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.bill_chunk"), "3");
    assert_string_equal(
        test_sql_value(database, "SELECT request_id FROM recon.bill_file WHERE version = 3"),
        "ABC-268");
}

/* A bill with another digest than announced is kept and never found. */
static void test_wrong_digest(void **state)
{
    struct test_database *database = *state;
    const char *announced = "0000000000000000000000000000000000000000";
    struct evidence_stored stored;
    struct evidence_file file;

    stored = store(database, VIEW("first"), announced);
    assert_int_equal(stored.version, 1);
    assert_true(stored.is_new);
    assert_false(stored.valid);
    assert_false(find(database, &file));

    stored = store(database, VIEW("first"), announced);
    assert_int_equal(stored.version, 1);
    assert_false(stored.is_new);

    stored = store(database, VIEW("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_int_equal(stored.version, 2);
    assert_true(stored.valid);
    assert_true(find(database, &file));
    assert_int_equal(file.version, 2);
    assert_string_equal(file.plain_sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");

    /* A damaged download after a good one does not take its place. */
    stored = store(database, VIEW("\x1f\x8b"), announced);
    assert_int_equal(stored.version, 3);
    assert_false(stored.valid);
    assert_true(find(database, &file));
    assert_int_equal(file.version, 2);
    assert_string_equal(
        test_sql_value(database,
                       "SELECT string_agg(state, ' ' ORDER BY version) FROM recon.bill_file"),
        "WRONG_DIGEST VALID WRONG_DIGEST");
}

static struct evidence_stored store_none(struct test_database *database)
{
    struct evidence_source source = {.bill = bill()};
    struct evidence_stored stored;
    struct err err = ERR_INIT;

    expect_good(evidence_store_none(database->pg, &source, &stored, &err), &err);
    return stored;
}

static void test_no_statement(void **state)
{
    struct test_database *database = *state;
    struct evidence_stored stored = store_none(database);
    struct evidence_file file;

    assert_int_equal(stored.version, 1);
    assert_true(stored.is_new);
    assert_false(store_none(database).is_new);
    assert_true(find(database, &file));
    assert_true(file.no_statement);
    assert_string_equal(file.received_sha256, "");

    /* It may come later all the same (E02). */
    assert_int_equal(store(database, VIEW("first"), NULL).version, 2);
    assert_true(find(database, &file));
    assert_false(file.no_statement);
}

static void test_read(void **state)
{
    struct test_database *database = *state;
    CLEANUP(buf_release) struct buf content = BUF_INIT(8 << 20);
    struct evidence_file file;
    struct err err = ERR_INIT;
    size_t size = 2 * (size_t)EVIDENCE_CHUNK_SIZE + 17;
    char *bytes = malloc(size);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 31 % 251);
    bytes[0] = 'x'; /* not gzip */
    (void)store(database, view_from(bytes, size), NULL);
    assert_true(find(database, &file));
    expect_good(read_back(database, &file, &content, &err), &err);
    assert_int_equal(content.length, size);
    assert_memory_equal(content.at, bytes, size);
    free(bytes);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.bill_chunk"), "3");
}

/* Whoever changes stored bytes is found out, whatever the change. */
static void test_changed(void **state)
{
    static const struct {
        const char *change;
        const char *message;
    } cases[] = {
        {"UPDATE recon.bill_chunk SET content = 'Second' WHERE chunk_no = 0",
         "evidence changed: SHA-256 is "
         "8b88a85089561b7978c4e52c3150112912125f3d34ec59b6ff1450fc1079979c, it was "
         "16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4 when received"},
        {"UPDATE recon.bill_chunk SET content = 'secon'",
         "evidence changed: 5 bytes where 6 were received"},
        {"UPDATE recon.bill_chunk SET chunk_no = 1", "evidence changed: piece 0 is missing"},
        {"DELETE FROM recon.bill_chunk", "evidence changed: 0 bytes where 6 were received"},
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf content = BUF_INIT(4096);
        struct evidence_file file;
        struct err err = ERR_INIT;

        test_sql(database, "DELETE FROM recon.bill_chunk; DELETE FROM recon.bill_file");
        (void)store(database, VIEW("second"), NULL);
        assert_true(find(database, &file));
        test_sql(database, cases[i].change);
        expect_err(read_back(database, &file, &content, &err), &err, ERR_DATA, cases[i].message);
    }
}

/* Nothing of a version stays when its transaction does not end well. */
static void test_rollback(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;

    expect_good(pg_begin(database->pg, PG_READ_WRITE, &err), &err);
    (void)store_none(database);
    pg_rollback(database->pg);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.bill_file"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versions, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_digest, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_no_statement, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_read, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_changed, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_rollback, setup, test_database_teardown),
    };

    return cmocka_run_group_tests_name("run/evidence", tests, NULL, NULL);
}
