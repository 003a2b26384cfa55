/* A disk that fails when it is told to, and forgets what it was not made to keep.
 *
 * Preloaded into a program, it sees what that writes into the files below the folder DISK,
 * and keeps what would be there after a loss of power in the folder DISK_KEPT: only what was
 * synced. While the file DISK_FAILS exists each sync fails, and what was to be synced is
 * taken for clean, as Linux does it: a later sync writes only what was written since.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <fcntl.h>

#define PAGE 4096
#define FILES 256

struct file {
    dev_t device;
    ino_t number;
    unsigned char *dirty; /* one byte for each page */
    size_t pages;
};

static struct file files[FILES];
static int known;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    const char *disk = getenv("DISK");
    return disk && !strncmp(path, disk, strlen(disk));
}

static struct file *file_of(int fd) {
    struct stat status;
    if (fstat(fd, &status) || !S_ISREG(status.st_mode)) return NULL;
    for (int i = 0; i < known; i++)
        if (files[i].device == status.st_dev && files[i].number == status.st_ino)
            return &files[i];
    if (known == FILES) abort();
    files[known] = (struct file){status.st_dev, status.st_ino, NULL, 0};
    return &files[known++];
}

static void touched(int fd, off_t offset, ssize_t count) {
    char path[PATH_MAX];
    if (count <= 0 || !path_of(fd, path)) return;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (file) {
        size_t last = (offset + count - 1) / PAGE;
        if (last >= file->pages) {
            file->dirty = realloc(file->dirty, last + 1);
            memset(file->dirty + file->pages, 0, last + 1 - file->pages);
            file->pages = last + 1;
        }
        for (size_t page = offset / PAGE; page <= last; page++) file->dirty[page] = 1;
    }
    pthread_mutex_unlock(&lock);
}

/* Where a path below DISK is kept. */
static int kept_path(const char *path, char *kept) {
    char whole[PATH_MAX];
    const char *disk = getenv("DISK");
    const char *slash = strrchr(path, '/');
    if (!disk) return 0;
    snprintf(whole, sizeof whole, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    char *folder = realpath(whole, NULL);
    if (!folder) return 0;
    snprintf(whole, sizeof whole, "%s/%s", folder, slash ? slash + 1 : path);
    free(folder);
    if (strncmp(whole, disk, strlen(disk))) return 0;
    snprintf(kept, 2 * PATH_MAX, "%s%s", getenv("DISK_KEPT"), whole + strlen(disk));
    return 1;
}

static void keep(int fd, const char *path, struct file *file) {
    char kept[2 * PATH_MAX], page[PAGE];
    struct stat status;
    if (!kept_path(path, kept)) return;
    for (char *slash = strchr(kept + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(kept, 0700);
        *slash = '/';
    }
    int to = open(kept, O_RDWR | O_CREAT, 0600);
    int own = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY ? open(path, O_RDONLY) : -1;
    int from = own < 0 ? fd : own;
    if (to < 0 || fstat(from, &status)) abort();
    for (size_t i = 0; i < file->pages; i++) {
        if (!file->dirty[i]) continue;
        ssize_t count = pread(from, page, PAGE, (off_t)i * PAGE);
        if (count > 0 && REAL(pwrite)(to, page, count, (off_t)i * PAGE) != count) abort();
    }
    if (ftruncate(to, status.st_size)) abort();
    close(to);
    if (own >= 0) close(own);
}

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd);
    int fails = access(getenv("DISK_FAILS"), F_OK) == 0;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (file) {
        if (!fails) keep(fd, path, file);
        if (file->pages) memset(file->dirty, 0, file->pages);
    }
    pthread_mutex_unlock(&lock);
    if (!fails) return 0;
    errno = EIO;
    return -1;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

ssize_t write(int fd, const void *bytes, size_t count) {
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = REAL(write)(fd, bytes, count);
    if (offset >= 0) touched(fd, offset, done);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    ssize_t done = REAL(pwrite)(fd, bytes, count, offset);
    touched(fd, offset, done);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    ssize_t done = REAL(pwrite64)(fd, bytes, count, offset);
    touched(fd, offset, done);
    return done;
}

/* Names are kept at once: what becomes of files is what is looked at here. */

int rename(const char *from, const char *to) {
    char kept_from[2 * PATH_MAX], kept_to[2 * PATH_MAX];
    int failed = REAL(rename)(from, to);
    if (!failed && kept_path(from, kept_from) && kept_path(to, kept_to))
        REAL(rename)(kept_from, kept_to);
    return failed;
}

int link(const char *from, const char *to) {
    char kept_from[2 * PATH_MAX], kept_to[2 * PATH_MAX];
    int failed = REAL(link)(from, to);
    if (!failed && kept_path(from, kept_from) && kept_path(to, kept_to))
        REAL(link)(kept_from, kept_to);
    return failed;
}

int unlink(const char *path) {
    char kept[2 * PATH_MAX];
    int failed = REAL(unlink)(path);
    if (!failed && kept_path(path, kept)) REAL(unlink)(kept);
    return failed;
}
