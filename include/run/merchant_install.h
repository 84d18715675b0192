/* Puts keys into keys_dir/<signer>/, whole or not at all.
 *
 * First everything is written into a folder beside it (`.<signer>.new`, 0700, files 0600) and
 * synced; then one rename makes it the signer's (merchant_keys_publish), or one exchange makes the
 * old folder the new one (merchant_keys_exchange), and the old keys are kept as `.<signer>.old`. So
 * a reader finds the old keys or the new ones. A run that dies leaves at most the folder beside,
 * which the next one replaces.
 *
 * One at a time for each signer: hold merchant_keys_lock. Errors are ERR_IO, unless said. */
#ifndef RUN_MERCHANT_INSTALL_H
#define RUN_MERCHANT_INSTALL_H

#include "pg/pg.h"
#include "run/merchant_keys.h"

/* Where keys go. */
struct merchant_place {
    const char *keys_dir;
    struct view signer;
};

/* False in ret_held: somebody else is installing keys of the signer. Ends with the connection. */
bool merchant_keys_lock(struct pg *pg, struct view signer, bool *ret_held, struct err *err);

bool merchant_keys_installed(const struct merchant_place *place);

/* Whether every part of the set is installed byte by byte. ERR_ACCESS when it cannot be read. */
bool merchant_keys_same(const struct merchant_place *place, const struct merchant_keys *keys,
                        bool *ret_same, struct err *err);

/* Writes the folder beside; `ret_folder` is its path. ERR_CONFIG when keys_dir is not there,
 * ERR_ACCESS when it is another user's: the jobs could not read what is written. */
bool merchant_keys_stage(const struct merchant_place *place, const struct merchant_keys *keys,
                         struct buf *ret_folder, struct err *err);

/* Each exchange has an id: a file `rotation.id` in the folder, by which its event is written once.
 */
enum { MERCHANT_ROTATION_MAX = 64 };
bool merchant_keys_set_rotation(const struct merchant_place *place, struct view rotation,
                                struct err *err); /* of what is staged */
/* Of the signer's folder; nothing is added when it has none. ERR_DATA when it is no id. */
bool merchant_keys_rotation(const struct merchant_place *place, struct buf *ret_rotation,
                            struct err *err);

/* Drops what was staged and not used. */
void merchant_keys_unstage(const struct merchant_place *place);

/* The staged folder becomes the signer's. ERR_DATA when there is one: nothing is overwritten. */
bool merchant_keys_publish(const struct merchant_place *place, struct err *err);

/* The staged folder and the signer's change places. Then, when that is written down,
 * merchant_keys_keep_old makes what was the signer's `.<signer>.old`, instead of the one kept
 * before. When they cannot change places, nothing is left of what was staged. */
bool merchant_keys_exchange(const struct merchant_place *place, struct err *err);
bool merchant_keys_keep_old(const struct merchant_place *place, struct err *err);

/* Whether a run died between the two: the signer's keys are the new ones, and the old ones stand
 * where keys are staged. Ask only when the keys that are wanted are installed. */
bool merchant_keys_interrupted(const struct merchant_place *place);

#endif
