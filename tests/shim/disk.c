/* What a program does to one folder of a disk, written down; and a disk, a clock and a boot that lie on request.
 *
 * Preloaded into the program under test. Settings, each off when absent:
 *   SHIM_UNDER  the folder that is watched, as an absolute path
 *   SHIM_LOG    the file that what happens there is appended to
 *   SHIM_BOOT   a file that is read instead of the system's boot id
 *   SHIM_FULL   while this file exists, no watched file grows: ENOSPC
 *   SHIM_SICK   while this file exists, syncing a watched file fails: EIO
 *   SHIM_TORN   while this file exists, the first half of a write to a watched file is taken, the rest fails: EIO
 *   SHIM_CLOCK  a file with a number of seconds to be added to the wall clock
 *
 * A record of the log: op u8, inode u64, a u64, b u64, two lengths u32, two texts. What is written to a socket is
 * an answer to somebody and stands in the same order. A sync is written down when it begins and when it
 * has succeeded. sync_file_range is not a sync.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, WRITE, TRUNCATE, SYNC_BEGIN, SYNC_END, RENAME, UNLINK, MKDIR, RMDIR, LINK, ANSWER, CLOSE, ALIEN };

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static const char *under, *boot, *full, *sick, *torn, *clock_file;
static size_t under_length;
static int out = -1;

__attribute__((constructor)) static void begin(void) {
    under = getenv("SHIM_UNDER");
    under_length = under ? strlen(under) : 0;
    boot = getenv("SHIM_BOOT");
    full = getenv("SHIM_FULL");
    sick = getenv("SHIM_SICK");
    torn = getenv("SHIM_TORN");
    clock_file = getenv("SHIM_CLOCK");
    const char *path = getenv("SHIM_LOG");
    if (path)
        out = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define NEXT(var, name)                              \
    static __typeof__(&name) var;                    \
    if (!var) var = REAL(name)

static void raw(const void *bytes, size_t length) {
    const char *from = bytes;
    while (length) {
        long done = syscall(SYS_write, out, from, length);
        if (done <= 0) abort();
        from += done;
        length -= (size_t)done;
    }
}

static void note(uint8_t op, uint64_t inode, uint64_t a, uint64_t b, const void *one, size_t n, const void *two, size_t m) {
    if (out < 0) return;
    char head[33];
    uint32_t first = (uint32_t)n, second = (uint32_t)m;
    head[0] = (char)op;
    memcpy(head + 1, &inode, 8);
    memcpy(head + 9, &a, 8);
    memcpy(head + 17, &b, 8);
    memcpy(head + 25, &first, 4);
    memcpy(head + 29, &second, 4);
    raw(head, sizeof head);
    raw(one, n);
    raw(two, m);
}

static int watched(const char *path) {
    return under && !strncmp(path, under, under_length) && (path[under_length] == '/' || !path[under_length]);
}

/* The present name of what is open, if it is watched: 1 for a file, 2 for a folder. */
static int name_of(int fd, char *name, uint64_t *inode) {
    if (!under) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, 4095);
    if (length <= 0) return 0;
    name[length] = 0;
    struct stat about;
    if (!watched(name) || fstat(fd, &about)) return 0;
    *inode = about.st_ino;
    return S_ISREG(about.st_mode) ? 1 : S_ISDIR(about.st_mode) ? 2 : 0;
}

static void whole(int at, const char *path, char *name) {
    if (path[0] == '/') {
        snprintf(name, 4096, "%s", path);
        return;
    }
    char folder[4096];
    char link[64];
    if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t length = readlink(link, folder, sizeof folder - 1);
    folder[length < 0 ? 0 : length] = 0;
    if (!strncmp(path, "./", 2)) path += 2;
    if (snprintf(name, 4096, "%s/%s", folder, path) >= 4096) name[0] = 0;
}

static int grows(int fd, uint64_t upto) {
    struct stat about;
    return full && !access(full, F_OK) && !fstat(fd, &about) && upto > (uint64_t)about.st_size;
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    if (boot && !strcmp(path, "/proc/sys/kernel/random/boot_id")) path = boot;
    NEXT(real, openat);
    char name[4096];
    whole(at, path, name);
    if (!watched(name)) return real(at, path, flags, mode);
    pthread_mutex_lock(&order);
    int existed = !faccessat(at, path, F_OK, AT_SYMLINK_NOFOLLOW);
    int fd = real(at, path, flags, mode);
    int error = errno;
    uint64_t inode;
    char now[4096];
    if (fd >= 0 && (flags & (O_CREAT | O_TRUNC)) && name_of(fd, now, &inode))
        note(OPEN, inode, !existed, (flags & O_TRUNC) != 0, now, strlen(now), "", 0);
    pthread_mutex_unlock(&order);
    errno = error;
    return fd;
}

static mode_t mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; }
#define OPENS(name, at, ...)                             \
    int name(__VA_ARGS__, int flags, ...) {              \
        va_list rest;                                    \
        va_start(rest, flags);                           \
        mode_t mode = mode_of(flags, rest);              \
        va_end(rest);                                    \
        return opened(at, path, flags, mode);            \
    }
OPENS(open, AT_FDCWD, const char *path)
OPENS(open64, AT_FDCWD, const char *path)
OPENS(openat, at, int at, const char *path)
OPENS(openat64, at, int at, const char *path)

static int is_socket(int fd) {
    struct stat about;
    return out >= 0 && !fstat(fd, &about) && S_ISSOCK(about.st_mode);
}

static void answer(const void *bytes, size_t length) {
    pthread_mutex_lock(&order);
    note(ANSWER, 0, 0, 0, bytes, length, "", 0);
    pthread_mutex_unlock(&order);
}

/* How much of a write a failing disk takes: half of the first, nothing of what follows. */
static size_t taken(size_t length) {
    static int begun;
    if (!torn || access(torn, F_OK)) return length;
    return begun++ ? 0 : (length + 1) / 2;
}

/* Writes at an offset, or at the file's own place when `offset` is negative. */
static ssize_t written(int fd, const void *bytes, size_t length, off_t offset) {
    NEXT(real_write, write);
    NEXT(real_pwrite, pwrite);
    char name[4096];
    uint64_t inode;
    if (!name_of(fd, name, &inode)) return offset < 0 ? real_write(fd, bytes, length) : real_pwrite(fd, bytes, length, offset);
    pthread_mutex_lock(&order);
    off_t at = offset;
    if (at < 0) {
        struct stat about;
        int append = fcntl(fd, F_GETFL) & O_APPEND;
        at = append && !fstat(fd, &about) ? about.st_size : lseek(fd, 0, SEEK_CUR);
    }
    ssize_t done = -1;
    length = taken(length);
    if (grows(fd, (uint64_t)at + length)) errno = ENOSPC;
    else if (!length) errno = EIO;
    else done = offset < 0 ? real_write(fd, bytes, length) : real_pwrite(fd, bytes, length, offset);
    int error = errno;
    if (done > 0) note(WRITE, inode, (uint64_t)at, 0, name, strlen(name), bytes, (size_t)done);
    pthread_mutex_unlock(&order);
    errno = error;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    NEXT(real, write);
    if (is_socket(fd)) answer(bytes, length);
    else if (under) return written(fd, bytes, length, -1);
    return real(fd, bytes, length);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written(fd, bytes, length, offset); }

static void answer_parts(const struct iovec *parts, int count) {
    size_t length = 0, at = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    char *all = malloc(length + 1);
    for (int i = 0; i < count; at += parts[i].iov_len, i++) memcpy(all + at, parts[i].iov_base, parts[i].iov_len);
    answer(all, length);
    free(all);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    NEXT(real, writev);
    if (is_socket(fd)) {
        answer_parts(parts, count);
        return real(fd, parts, count);
    }
    char name[4096];
    uint64_t inode;
    if (!name_of(fd, name, &inode)) return real(fd, parts, count);
    ssize_t all = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = written(fd, parts[i].iov_base, parts[i].iov_len, -1);
        if (done < 0) return all ? all : done;
        all += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return all;
}
ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    NEXT(real, send);
    if (is_socket(fd)) answer(bytes, length);
    return real(fd, bytes, length, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    NEXT(real, sendmsg);
    if (is_socket(fd)) answer_parts(message->msg_iov, (int)message->msg_iovlen);
    return real(fd, message, flags);
}

int ftruncate(int fd, off_t length) {
    NEXT(real, ftruncate);
    char name[4096];
    uint64_t inode;
    if (!name_of(fd, name, &inode)) return real(fd, length);
    pthread_mutex_lock(&order);
    int done = real(fd, length), error = errno;
    if (!done) note(TRUNCATE, inode, (uint64_t)length, 0, name, strlen(name), "", 0);
    pthread_mutex_unlock(&order);
    errno = error;
    return done;
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

static int synced(int fd, int data_only) {
    NEXT(real, fsync);
    NEXT(real_data, fdatasync);
    char name[4096];
    uint64_t inode;
    static uint64_t number;
    int known = name_of(fd, name, &inode);
    uint64_t mine = 0;
    if (known) {
        if (sick && !access(sick, F_OK)) {
            errno = EIO;
            return -1;
        }
        pthread_mutex_lock(&order);
        mine = ++number << 20 | (uint64_t)(getpid() & 0xfffff);
        note(SYNC_BEGIN, inode, mine, 0, name, strlen(name), "", 0);
        pthread_mutex_unlock(&order);
    }
    int done = data_only ? real_data(fd) : real(fd), error = errno;
    if (known && !done) {
        pthread_mutex_lock(&order);
        note(SYNC_END, inode, mine, 0, name, strlen(name), "", 0);
        pthread_mutex_unlock(&order);
    }
    errno = error;
    return done;
}
int fsync(int fd) { return synced(fd, 0); }
int fdatasync(int fd) { return synced(fd, 1); }

/* Calls on one name or two. */
#define NAMED(op, call, one, two)                                                     \
    do {                                                                              \
        if (!watched(one) && !watched(two)) return call;                              \
        pthread_mutex_lock(&order);                                                   \
        int done = call, error = errno;                                               \
        if (!done) note(op, 0, 0, 0, one, strlen(one), two, strlen(two));             \
        pthread_mutex_unlock(&order);                                                 \
        errno = error;                                                                \
        return done;                                                                  \
    } while (0)

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    NEXT(real, renameat2);
    char one[4096], two[4096];
    whole(a, from, one);
    whole(b, to, two);
    NAMED(RENAME, real(a, from, b, to, flags), one, two);
}
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return renameat2(a, from, b, to, 0); }
int unlinkat(int at, const char *path, int flags) {
    NEXT(real, unlinkat);
    char one[4096];
    whole(at, path, one);
    NAMED(flags & AT_REMOVEDIR ? RMDIR : UNLINK, real(at, path, flags), one, "");
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int mkdirat(int at, const char *path, mode_t mode) {
    NEXT(real, mkdirat);
    char one[4096];
    whole(at, path, one);
    NAMED(MKDIR, real(at, path, mode), one, "");
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
    NEXT(real, linkat);
    char one[4096], two[4096];
    whole(a, from, one);
    whole(b, to, two);
    NAMED(LINK, real(a, from, b, to, flags), one, two);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int close(int fd) {
    NEXT(real, close);
    char name[4096];
    uint64_t inode;
    if (out >= 0 && name_of(fd, name, &inode) == 1) {
        pthread_mutex_lock(&order);
        note(CLOSE, inode, 0, 0, name, strlen(name), "", 0);
        pthread_mutex_unlock(&order);
    }
    return real(fd);
}

/* Ways past the log: refused where the caller knows another way, written down where it does not. */
ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t length, unsigned flags) {
    NEXT(real, copy_file_range);
    if (!under) return real(from, a, to, b, length, flags);
    errno = ENOSYS;
    return -1;
}
static void *mapped(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    char name[4096];
    uint64_t inode;
    if (fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED) && name_of(fd, name, &inode)) {
        pthread_mutex_lock(&order);
        note(ALIEN, inode, 0, 0, name, strlen(name), "mmap", 4);
        pthread_mutex_unlock(&order);
    }
    return (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
}
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    return mapped(at, length, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
    return mapped(at, length, protection, flags, fd, offset);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int done = (int)syscall(SYS_clock_gettime, clock, now);
    if (done || clock != CLOCK_REALTIME || !clock_file) return done;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, clock_file, O_RDONLY | O_CLOEXEC);
    char text[32] = {0};
    if (fd >= 0) {
        if (syscall(SYS_read, fd, text, sizeof text - 1) > 0) now->tv_sec += atoll(text);
        syscall(SYS_close, fd);
    }
    return 0;
}
