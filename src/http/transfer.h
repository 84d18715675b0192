/* One transfer on libcurl's side. For the other files of this room. */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include "http/pool.h"

#include <curl/curl.h>

struct http {
    struct http_origin origin;
    char *ca_file; /* NULL: the system's */
    char *user_agent;
    struct http_settings limits; /* its texts are not used */
    struct http_pool *pool;
    bool owns_pool;
};

/* What the callbacks of one transfer need. */
struct http_wire {
    CURL *curl;
    struct http_transfer *transfer;
    struct curl_slist *headers;
    struct view unsent; /* of the body */
    /* The last line of the head has come; libcurl takes a head that was cut for a whole one. */
    bool head_complete;
    struct err failure; /* of our own callbacks; kind ERR_NONE until then */
    char reason[CURL_ERROR_SIZE];
};

/* Clears the reply and makes a handle with everything set. */
struct http_wire *http_wire_new(struct http_transfer *transfer);

/* Fills in the reply's status and the transfer's err. */
void http_wire_judge(struct http_wire *wire, CURLcode code);

void http_wire_free(struct http_wire *wire);

/* Options are constants of this room: one that libcurl does not take is a bug. */
void http_must(CURLcode code);

#endif
