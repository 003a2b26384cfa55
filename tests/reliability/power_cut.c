/* Writes down what a process does to the files below a folder, in the order in which it is
 * done, so that the disk after a loss of power can be made from it: what was synced is
 * there, and of the rest as much or as little as one likes.
 *
 * libfiu lets calls fail but does not remember what was written and not yet synced; hence
 * this, to be loaded before it (LD_PRELOAD). It changes nothing that the process sees.
 *
 * POWER_FOLDER is the folder, POWER_LOG the file that is written to. Each entry is a header
 * and `length` bytes. Memory that is mapped is not followed: SQLite maps only what it makes
 * anew after a crash.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct entry {
    char what; /* W write, T truncate, B sync begins, E it ended well, F it failed, L list */
    char unused[7];
    uint64_t file;  /* inode and time of birth: a number that no other file has */
    uint64_t offset; /* of a write; the length that is left; which thread syncs */
    uint64_t length; /* of what follows */
};

static int log_fd = -1;
static char folder[PATH_MAX];
static size_t folder_length;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static ssize_t (*real_writev)(int, const struct iovec *, int);

static void note(char what, uint64_t file, uint64_t offset, const void *data, size_t length) {
    struct entry head = {what, {0}, file, offset, length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)data, length}};
    int kept = errno;
    if (real_writev(log_fd, parts, length ? 2 : 1) < 0) abort();
    errno = kept;
}

static uint64_t number_of(int at, const char *path, int flags) {
    struct statx found;
    if (statx(at, path, flags, STATX_INO | STATX_BTIME, &found)) return 0;
    return found.stx_ino * 1000000007ULL + (uint64_t)found.stx_btime.tv_sec * 1000003ULL +
           found.stx_btime.tv_nsec;
}

/* The number of an open file below the folder; 0 for every other. */
static uint64_t watched(int fd) {
    char link[64], path[PATH_MAX];
    if (log_fd < 0 || fd == log_fd) return 0;
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    uint64_t number = 0;
    path[length > 0 ? length : 0] = 0;
    if (length >= (ssize_t)folder_length && !memcmp(path, folder, folder_length) &&
        (!path[folder_length] || path[folder_length] == '/'))
        number = number_of(fd, "", AT_EMPTY_PATH);
    errno = kept;
    return number;
}

/* Which names a folder has: a line `number name` for each file, after its own path. */
static void list(const char *path) {
    static char text[1 << 16];
    size_t end = snprintf(text, sizeof text, "%s\n", path);
    DIR *open = opendir(path);
    if (!open) return;
    for (struct dirent *each; (each = readdir(open));) {
        if (each->d_type != DT_REG) continue;
        uint64_t number = number_of(dirfd(open), each->d_name, AT_SYMLINK_NOFOLLOW);
        end += snprintf(text + end, sizeof text - end, "%llu %s\n",
                        (unsigned long long)number, each->d_name);
        if (end >= sizeof text - 512) abort();
    }
    closedir(open);
    note('L', 0, 0, text, end);
}

/* What is there when the process begins. */
static void list_all(const char *path) {
    list(path);
    DIR *open = opendir(path);
    if (!open) return;
    for (struct dirent *each; (each = readdir(open));) {
        char below[PATH_MAX];
        if (each->d_type != DT_DIR || each->d_name[0] == '.') continue;
        if (snprintf(below, sizeof below, "%s/%s", path, each->d_name) < (int)sizeof below)
            list_all(below);
    }
    closedir(open);
}

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("POWER_FOLDER"), *log = getenv("POWER_LOG");
    real_writev = dlsym(RTLD_NEXT, "writev");
    if (!where || !log || !realpath(where, folder)) return;
    folder_length = strlen(folder);
    log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd >= 0) list_all(folder);
}

#define REAL(name, type, ...)                        \
    static type (*real)(__VA_ARGS__);                \
    if (!real) real = dlsym(RTLD_NEXT, name);

static ssize_t written(const void *data, ssize_t done, uint64_t number, off_t at) {
    if (done > 0) note('W', number, at, data, done);
    return done;
}

#define WRITES_AT(name)                                                              \
    ssize_t name(int fd, const void *data, size_t length, off_t at) {                \
        REAL(#name, ssize_t, int, const void *, size_t, off_t)                       \
        uint64_t number = watched(fd);                                               \
        if (!number) return real(fd, data, length, at);                              \
        pthread_mutex_lock(&turn);                                                   \
        ssize_t done = written(data, real(fd, data, length, at), number, at);    \
        pthread_mutex_unlock(&turn);                                                 \
        return done;                                                                 \
    }
WRITES_AT(pwrite)
WRITES_AT(pwrite64)

ssize_t write(int fd, const void *data, size_t length) {
    REAL("write", ssize_t, int, const void *, size_t)
    uint64_t number = watched(fd);
    if (!number) return real(fd, data, length);
    pthread_mutex_lock(&turn);
    off_t at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    ssize_t done = written(data, real(fd, data, length), number, at);
    pthread_mutex_unlock(&turn);
    return done;
}

#define TRUNCATES(name)                                              \
    int name(int fd, off_t length) {                                 \
        REAL(#name, int, int, off_t)                                 \
        uint64_t number = watched(fd);                               \
        if (!number) return real(fd, length);                        \
        pthread_mutex_lock(&turn);                                   \
        int failed = real(fd, length);                               \
        if (!failed) note('T', number, length, "", 0);               \
        pthread_mutex_unlock(&turn);                                 \
        return failed;                                               \
    }
TRUNCATES(ftruncate)
TRUNCATES(ftruncate64)

/* Others may write while a sync is under way; it is for what came before it began. A folder
 * is listed before it is synced. */
#define SYNCS(name)                                                              \
    int name(int fd) {                                                           \
        REAL(#name, int, int)                                                    \
        uint64_t number = watched(fd);                                           \
        if (!number) return real(fd);                                            \
        struct stat status;                                                      \
        int is_folder = !fstat(fd, &status) && S_ISDIR(status.st_mode);          \
        if (is_folder) {                                                         \
            char link[64], path[PATH_MAX] = "";                                  \
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);                 \
            if (readlink(link, path, sizeof path - 1) < 0) abort();              \
            pthread_mutex_lock(&turn);                                           \
            int failed = real(fd);                                               \
            if (!failed) list(path);                                         \
            pthread_mutex_unlock(&turn);                                         \
            return failed;                                                       \
        }                                                                        \
        pthread_mutex_lock(&turn);                                               \
        note('B', number, gettid(), "", 0);                                             \
        pthread_mutex_unlock(&turn);                                             \
        int failed = real(fd);                                                   \
        pthread_mutex_lock(&turn);                                               \
        note(failed ? 'F' : 'E', number, gettid(), "", 0);                              \
        pthread_mutex_unlock(&turn);                                             \
        return failed;                                                           \
    }
SYNCS(fsync)
SYNCS(fdatasync)

/* A file that is emptied as it is opened. */
#define OPENS(name)                                                              \
    int name(const char *path, int flags, ...) {                                 \
        REAL(#name, int, const char *, int, ...)                                 \
        mode_t mode = 0;                                                         \
        if (flags & (O_CREAT | O_TMPFILE)) {                                     \
            va_list more;                                                        \
            va_start(more, flags);                                               \
            mode = va_arg(more, mode_t);                                         \
            va_end(more);                                                        \
        }                                                                        \
        int fd = real(path, flags, mode);                                        \
        uint64_t number;                                                         \
        if (fd >= 0 && flags & O_TRUNC && (number = watched(fd))) {              \
            pthread_mutex_lock(&turn);                                           \
            note('T', number, 0, "", 0);                                         \
            pthread_mutex_unlock(&turn);                                         \
        }                                                                        \
        return fd;                                                               \
    }
OPENS(open)
OPENS(open64)
