#include "run/refund_choice.h"

bool refund_choose(struct job *job, struct pg **ret_pg, struct merchant_list *ret_list,
                   struct err *err)
{
    struct merchant_list list;
    size_t kept = 0;

    if (!job_database(job, ret_pg, err) ||
        !merchant_load(*ret_pg, &job->merchants, &job->arena, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].mode != MERCHANT_NONE)
            list.at[kept++] = list.at[i];
    }
    list.count = kept;
    *ret_list = list;
    return true;
}

bool refund_choose_one(struct job *job, struct pg **ret_pg, struct view *ret_mchid, struct err *err)
{
    struct merchant_list list;

    if (!refund_choose(job, ret_pg, &list, err))
        return false;
    if (list.count != 1)
        return err_set(err, ERR_USAGE,
                       "there are %zu merchants that take WeChat Pay: name one with --merchant",
                       list.count);
    *ret_mchid = list.at[0].mchid;
    return true;
}

bool refund_require(const char *value, const char *option, struct err *err)
{
    if (value == NULL || view_trim(view_of(value)).length == 0)
        return err_set(err, ERR_USAGE, "option --%s is required", option);
    if (!view_is_utf8(view_of(value)))
        return err_set(err, ERR_USAGE, "option --%s is not UTF-8", option);
    return true;
}

bool refund_batch_number(const char *word, int32_t *ret_batch_no, struct err *err)
{
    int64_t number;

    if (!view_to_int64(view_of(word), 1, INT32_MAX, &number))
        return err_set(err, ERR_USAGE, "\"%s\" is not a number of a batch", word);
    *ret_batch_no = (int32_t)number;
    return true;
}
