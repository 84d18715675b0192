#include "world_line.h"

#include "civil.h"
#include "fee.h"
#include "world_fields.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct decoder {
    struct arena *arena;
    struct world_line *previous;
    struct world_line *line;
    struct fail *fail;
};

static bool refuse(const struct decoder *decoder, const struct field *field, const char *expected)
{
    return fail_set(decoder->fail, EX_DATAERR, "key \"%s\": expected %s", field->key, expected);
}

/* The tables say the type of each member, the compiler its place. */
static void *member_of(struct world_line *line, const struct field *field)
{
    return (char *)line + field->offset;
}

static bool is_plain(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == ',' || *text == '`')
            return false;
    }
    return true;
}

static bool text_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    const char *text = json_string_value(value);
    const char **target = member_of(decoder->line, field);
    const char **previous = member_of(decoder->previous, field);
    const char *before = *previous;

    if (text == NULL)
        return refuse(decoder, field, "a text");
    if (field->kind == FIELD_PLAIN && !is_plain(text))
        return refuse(decoder, field, "a text without comma, back-tick and control characters");
    if (before != NULL && strcmp(before, text) == 0)
        *target = before;
    else
        *target = arena_copy(decoder->arena, text, strlen(text));
    return true;
}

static bool number_field(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    int64_t *target = member_of(decoder->line, field);
    int64_t lowest = field->kind == FIELD_REPEAT || field->kind == FIELD_PARTS;
    int64_t highest = WORLD_AMOUNT_MAX_FEN;

    if (field->kind == FIELD_SIGNED_FEN)
        lowest = -WORLD_AMOUNT_MAX_FEN;
    else if (field->kind == FIELD_REPEAT)
        highest = WORLD_REPEAT_MAX;
    else if (field->kind == FIELD_PARTS)
        highest = WORLD_PARTS_MAX;
    else if (field->kind == FIELD_SECONDS)
        highest = WORLD_SECONDS_MAX;
    if (!json_is_integer(value) || json_integer_value(value) < lowest ||
        json_integer_value(value) > highest)
        return fail_set(decoder->fail, EX_DATAERR,
                        "key \"%s\": expected a whole number from %lld to %lld", field->key,
                        (long long)lowest, (long long)highest);
    *target = json_integer_value(value);
    return true;
}

/* Words of the field become the values of its enum, in their order. */
static bool choice_field(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    const char *text = json_string_value(value);
    unsigned int *target = member_of(decoder->line, field);
    char expected[128];
    size_t size = 0;

    if (text == NULL)
        return refuse(decoder, field, "a text");
    for (unsigned int at = 0; field->words[at] != NULL; at++) {
        const char *joint = at == 0 ? "" : field->words[at + 1] == NULL ? " or " : ", ";

        if (strcmp(field->words[at], text) == 0) {
            *target = at + field->first;
            return true;
        }
        size += (size_t)snprintf(expected + size, sizeof(expected) - size, "%s%s", joint,
                                 field->words[at]);
    }
    return refuse(decoder, field, expected);
}

static bool appids_field(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    struct merchant *merchant = &decoder->line->merchant;
    size_t count = json_array_size(value);

    if (count < 1 || count > WORLD_APPIDS_MAX)
        return refuse(decoder, field, "a list of 1 to 16 AppIDs");
    for (size_t at = 0; at < count; at++) {
        const char *appid = json_string_value(json_array_get(value, at));

        if (appid == NULL || !is_plain(appid))
            return refuse(decoder, field, "a list of 1 to 16 AppIDs");
        merchant->appids[at] = arena_copy(decoder->arena, appid, strlen(appid));
    }
    merchant->appid_count = count;
    return true;
}

static bool time_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    const char *text = json_string_value(value);

    return (text != NULL && instant_parse(text, member_of(decoder->line, field))) ||
           refuse(decoder, field, "a time like 2026-05-31T23:59:59+08:00");
}

static bool flag_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    bool *target = member_of(decoder->line, field);

    if (!json_is_boolean(value))
        return refuse(decoder, field, "true or false");
    *target = json_is_true(value);
    return true;
}

static bool rate_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL || !rate_parse(text, &decoder->line->merchant.rate_ppm))
        return refuse(decoder, field, "a rate like 0.60%");
    return text_field(decoder, field, value);
}

static bool field_decode(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    switch (field->kind) {
    case FIELD_PLAIN:
    case FIELD_FREE:
        return text_field(decoder, field, value);
    case FIELD_FEN:
    case FIELD_SIGNED_FEN:
    case FIELD_REPEAT:
    case FIELD_PARTS:
    case FIELD_SECONDS:
        return number_field(decoder, field, value);
    case FIELD_TIME:
        return time_field(decoder, field, value);
    case FIELD_FLAG:
        return flag_field(decoder, field, value);
    case FIELD_RATE:
        return rate_field(decoder, field, value);
    case FIELD_APPIDS:
        return appids_field(decoder, field, value);
    case FIELD_CHOICE:
        return choice_field(decoder, field, value);
    }
    return refuse(decoder, field, "a known type");
}

static bool fields_decode(const struct decoder *decoder, const struct field *fields, json_t *object)
{
    const char *key;
    json_t *value;

    for (const struct field *field = fields; field->key != NULL; field++) {
        if (field->required && json_object_get(object, field->key) == NULL)
            return fail_set(decoder->fail, EX_DATAERR, "key \"%s\" is missing", field->key);
    }
    json_object_foreach(object, key, value)
    {
        const struct field *field = fields;

        while (field->key != NULL && strcmp(field->key, key) != 0)
            field++;
        if (field->key == NULL)
            return fail_set(decoder->fail, EX_DATAERR, "unknown key \"%.64s\"", key);
        if (!field_decode(decoder, field, value))
            return false;
    }
    return true;
}

static bool object_decode(const struct decoder *decoder, const char *kind, json_t *object)
{
    struct world_line *line = decoder->line;
    unsigned int known = 0;

    if (!json_is_object(object))
        return fail_set(decoder->fail, EX_DATAERR, "\"%.64s\" is not an object", kind);
    while (world_line_kinds[known].name != NULL && strcmp(world_line_kinds[known].name, kind) != 0)
        known++;
    if (world_line_kinds[known].name == NULL)
        return fail_set(decoder->fail, EX_DATAERR,
                        "unknown kind \"%.64s\", expected merchant, payment, refund, order or "
                        "movement",
                        kind);
    line->kind = (enum world_line_kind)known;
    world_line_reset(line);
    return fields_decode(decoder, world_line_kinds[known].fields, object);
}

bool world_line_decode(const char *json, size_t size, struct arena *arena, struct world_line *line,
                       struct fail *fail)
{
    struct world_line previous = *line;
    struct decoder decoder = {arena, &previous, line, fail};
    json_error_t error;
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &error);
    void *only;
    bool decoded;

    if (root == NULL)
        return fail_set(fail, EX_DATAERR, "not JSON: %s (column %d)", error.text, error.column);

    only = json_object_iter(root);
    if (json_object_size(root) != 1)
        decoded = fail_set(fail, EX_DATAERR, "expected an object with one key");
    else
        decoded = object_decode(&decoder, json_object_iter_key(only), json_object_iter_value(only));
    json_decref(root);
    return decoded;
}
