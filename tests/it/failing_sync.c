/* A disk that breaks, as a process sees it. Once the file exists that FAILING_SYNC names,
 * every sync of a file whose name begins with FAILING_SYNC_OF fails; the first time, the
 * file `$FAILING_SYNC.failed` is made before anybody is told. Loaded before the C library. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int file)
{
    const char *breaks = getenv("FAILING_SYNC"), *of = getenv("FAILING_SYNC_OF");
    char link[64], path[4096], mark[4096];
    if (!breaks || !of || access(breaks, F_OK) != 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = '\0';
    const char *name = strrchr(path, '/');
    if (!name || strncmp(name + 1, of, strlen(of)) != 0)
        return 0;
    snprintf(mark, sizeof mark, "%s.failed", breaks);
    int marked = open(mark, O_CREAT | O_WRONLY, 0600);
    if (marked >= 0)
        close(marked);
    errno = EIO;
    return 1;
}

int fsync(int file)
{
    return fails(file) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
    return fails(file) ? -1 : (int)syscall(SYS_fdatasync, file);
}
