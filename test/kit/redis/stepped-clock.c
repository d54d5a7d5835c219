/*
 * Preloaded into a redis-server: its wall clock is off by the microseconds in the file CLOCK_OFFSET_FILE (one int64), which
 * may be written at any time. The monotonic clocks are left alone, as they are when a clock is set.
 *
 * The file is mapped, so a step costs Redis no call and is there at once. libfaketime cannot be used: it allocates before
 * jemalloc, which redis-server is linked with, is ready, and hangs. Nothing here allocates.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t *offset_us;

/* Without its offset the clock would be right, and a test of a wrong one would prove nothing. */
static void give_up(const char *what) {
  perror(what);
  _exit(1);
}

__attribute__((constructor)) static void map_offset(void) {
  const char *name = getenv("CLOCK_OFFSET_FILE");
  if (name == NULL) {
    errno = EINVAL;
    give_up("CLOCK_OFFSET_FILE");
  }
  int file = open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up(name);
  void *map = mmap(NULL, sizeof *offset_us, PROT_READ, MAP_SHARED, file, 0);
  if (map == MAP_FAILED) give_up(name);
  close(file);
  offset_us = map;
}

static int is_wall_clock(clockid_t id) {
  return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
}

int clock_gettime(clockid_t id, struct timespec *at) {
  int failed = (int)syscall(SYS_clock_gettime, id, at);
  if (failed != 0 || offset_us == NULL || !is_wall_clock(id)) return failed;
  int64_t shift_us = __atomic_load_n(offset_us, __ATOMIC_RELAXED);
  int64_t ns = at->tv_nsec + (shift_us % 1000000) * 1000;
  at->tv_sec += shift_us / 1000000;
  if (ns < 0) {
    at->tv_sec -= 1;
    ns += 1000000000;
  } else if (ns >= 1000000000) {
    at->tv_sec += 1;
    ns -= 1000000000;
  }
  at->tv_nsec = ns;
  return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int failed = clock_gettime(CLOCK_REALTIME, &now);
  if (failed != 0) return failed;
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}
