#include "request.h"

#include <string.h>

const char *request_query(const struct request *request)
{
    const char *behind = request->uri + request->path_size;

    return *behind == '?' ? behind + 1 : behind;
}

bool request_has_path(const struct request *request, const char *path)
{
    return strlen(path) == request->path_size &&
           memcmp(request->uri, path, request->path_size) == 0;
}
