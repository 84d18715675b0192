#include "text/json.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

void json_doc_release(struct json_doc *doc)
{
    json_decref(doc->root);
    doc->root = NULL;
}

struct json_node json_doc_root(const struct json_doc *doc)
{
    return (struct json_node){doc->root};
}

/* How deep brackets nest outside of texts. Looked at before parsing, since the parser itself calls
 * itself for each level, 2048 of them. */
static size_t depth_of(struct view text)
{
    size_t depth = 0;
    size_t deepest = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && depth > 0)
            depth--;
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

/* The parser's text may quote foreign bytes; ours stays one line. */
static void tame(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
    }
}

bool json_doc_parse(struct view text, size_t size_max, struct json_doc *ret_doc, struct err *err)
{
    json_error_t fault;
    json_t *root;

    if (text.length > size_max)
        return err_set(err, ERR_LIMIT, "JSON has more than %zu bytes", size_max);
    if (depth_of(text) > JSON_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "JSON is nested deeper than %d levels", JSON_DEPTH_MAX);
    root = json_loadb(text.at == NULL ? "" : text.at, text.length, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL) {
        tame(fault.text);
        return err_set(err, ERR_DATA, "not valid JSON: line %d, column %d: %s", fault.line,
                       fault.column, fault.text);
    }
    ret_doc->root = root;
    return true;
}

/* The value of "a.b", or NULL when a key on the way is missing, null, or no object. */
static const json_t *member_find(const json_t *object, const char *path)
{
    for (;;) {
        size_t length = strcspn(path, ".");

        object = json_object_getn(object, path, length);
        if (object == NULL || json_is_null(object))
            return NULL;
        if (path[length] == '\0')
            return object;
        path += length + 1;
    }
}

static struct view text_copy(const json_t *value, struct arena *arena)
{
    size_t length = json_string_length(value);

    return view_from(arena_copy(arena, json_string_value(value), length), length);
}

static bool wrong_type(const struct json_field *field, const char *wanted, struct err *err)
{
    return err_set(err, ERR_DATA, "\"%s\" is not %s", field->name, wanted);
}

static bool field_take(const struct json_field *field, const json_t *value, struct arena *arena,
                       struct err *err)
{
    switch (field->type) {
    case JSON_FIELD_TEXT:
        if (!json_is_string(value))
            return wrong_type(field, "a text", err);
        *(struct view *)field->target = text_copy(value, arena);
        return true;
    case JSON_FIELD_INTEGER:
        if (!json_is_integer(value))
            return wrong_type(field, "an integer", err);
        *(int64_t *)field->target = json_integer_value(value);
        return true;
    case JSON_FIELD_BOOL:
        if (!json_is_boolean(value))
            return wrong_type(field, "true or false", err);
        *(bool *)field->target = json_is_true(value);
        return true;
    case JSON_FIELD_OBJECT:
        if (!json_is_object(value))
            return wrong_type(field, "an object", err);
        *(struct json_node *)field->target = (struct json_node){value};
        return true;
    case JSON_FIELD_ARRAY:
        if (!json_is_array(value))
            return wrong_type(field, "an array", err);
        *(struct json_node *)field->target = (struct json_node){value};
        return true;
    }
    assert(false);
    return false;
}

bool json_node_unpack(struct json_node object, const struct json_field *fields, size_t count,
                      struct arena *arena, struct err *err)
{
    if (!json_is_object((const json_t *)object.value))
        return err_set(err, ERR_DATA, "not a JSON object");
    for (size_t i = 0; i < count; i++) {
        const json_t *value = member_find(object.value, fields[i].name);

        if (value == NULL && fields[i].presence == JSON_REQUIRED)
            return err_set(err, ERR_DATA, "\"%s\" is missing", fields[i].name);
        if (value != NULL && !field_take(&fields[i], value, arena, err))
            return false;
    }
    return true;
}

size_t json_node_count(struct json_node array)
{
    return json_array_size(array.value);
}

struct json_node json_node_at(struct json_node array, size_t index)
{
    const json_t *element = json_array_get(array.value, index);

    assert(element != NULL);
    return (struct json_node){element};
}

bool json_node_text(struct json_node node, struct arena *arena, struct view *ret_text,
                    struct err *err)
{
    if (!json_is_string((const json_t *)node.value))
        return err_set(err, ERR_DATA, "an element is not a text");
    *ret_text = text_copy(node.value, arena);
    return true;
}
