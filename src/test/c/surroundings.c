/* Hostile surroundings for tests: system calls that a filter refuses, signals without end, signal handlers of other
 * libraries, a wall clock that jumps, and threads that the system refuses. The tests call the functions that are
 * exported here. To change the clock and the threads of a JVM, its LD_PRELOAD names this library; the rest works in any
 * JVM that loads it. */
#include <dlfcn.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT extern __attribute__((visibility("default")))
EXPORT int surroundings_refuse(const char *call, int error, int fd);
EXPORT int surroundings_signal(int thread, int everyMicros);
EXPORT int surroundings_signals(void);
EXPORT void surroundings_signals_end(void);
EXPORT int surroundings_handle(int which, int signal);
EXPORT int surroundings_handled(int which);
EXPORT int surroundings_raise(int signal);
EXPORT void surroundings_jump(int64_t seconds);
EXPORT void surroundings_refuse_threads(int refused);
EXPORT int surroundings_refused_threads(void);

/* ---- system calls that a filter refuses; see seccomp(2) */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0 /* no filter is installed */
#endif

static const struct {
  const char *name;
  int number;
} calls[] = {
    {"read", SYS_read},
    {"write", SYS_write},
    {"preadv2", SYS_preadv2},
    {"pwritev2", SYS_pwritev2},
    {"close", SYS_close},
    {"fcntl", SYS_fcntl},
    {"eventfd", SYS_eventfd2},
    {"epoll_create1", SYS_epoll_create1},
    {"epoll_ctl", SYS_epoll_ctl},
#ifdef SYS_epoll_wait
    {"epoll_wait", SYS_epoll_wait},
    {"poll", SYS_poll},
#else
    {"epoll_wait", SYS_epoll_pwait},
    {"poll", SYS_ppoll},
#endif
#ifdef SYS_epoll_pwait2
    {"epoll_pwait2", SYS_epoll_pwait2},
#else
    {"epoll_pwait2", 441},
#endif
    {"socket", SYS_socket},
    {"socketpair", SYS_socketpair},
    {"bind", SYS_bind},
    {"listen", SYS_listen},
    {"connect", SYS_connect},
    {"accept4", SYS_accept4},
    {"shutdown", SYS_shutdown},
    {"getsockname", SYS_getsockname},
    {"getpeername", SYS_getpeername},
    {"getsockopt", SYS_getsockopt},
    {"setsockopt", SYS_setsockopt},
    {"recvfrom", SYS_recvfrom},
    {"recvmsg", SYS_recvmsg},
    {"recvmmsg", SYS_recvmmsg},
    {"sendto", SYS_sendto},
    {"sendmsg", SYS_sendmsg},
    {"sendmmsg", SYS_sendmmsg},
    {"splice", SYS_splice},
    {"sched_getaffinity", SYS_sched_getaffinity},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"rt_sigtimedwait", SYS_rt_sigtimedwait},
    {"rt_sigpending", SYS_rt_sigpending},
};

#define FIELD(name) (uint32_t)offsetof(struct seccomp_data, name)

/* From now on the kernel refuses a system call of the calling thread, and of the threads that it starts, with an errno.
 * A filter ends with its thread. fd -1 refuses all such calls, another fd those with that first argument. Returns 0, or
 * -errno. */
int surroundings_refuse(const char *call, int error, int fd) {
  int number = -1;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strcmp(calls[i].name, call) == 0) number = calls[i].number;
  if (number < 0 || ARCHITECTURE == 0) return -EINVAL;
  /* The first argument's low half is at args[0]: both architectures are little-endian. */
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(args)),
      BPF_JUMP(BPF_JMP | (fd < 0 ? BPF_JGE : BPF_JEQ) | BPF_K, fd < 0 ? 0 : (uint32_t)fd, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) return -errno;
  return prctl(PR_SET_SECCOMP, (long)SECCOMP_MODE_FILTER, &program) != 0 ? -errno : 0;
}

/* ---- signals without end */

static struct {
  pthread_t sender;
  int thread, everyMicros;
  struct sigaction before;
} storm;
static atomic_bool storming;
static atomic_int handled;

static void handle(int signal) {
  (void)signal;
  atomic_fetch_add(&handled, 1);
}

static void *send(void *nothing) {
  const struct timespec pause = {.tv_nsec = storm.everyMicros * 1000L};
  while (atomic_load(&storming)) {
    syscall(SYS_tgkill, getpid(), storm.thread, SIGUSR1);
    nanosleep(&pause, NULL);
  }
  return nothing;
}

/* From now on a thread gets SIGUSR1 again and again. Its handler has no SA_RESTART, so each blocking call ends with
 * EINTR. The JVM does not use SIGUSR1. Returns 0, or -errno. */
int surroundings_signal(int thread, int everyMicros) {
  const struct sigaction action = {.sa_handler = handle};
  if (sigaction(SIGUSR1, &action, &storm.before) != 0) return -errno;
  storm.thread = thread;
  storm.everyMicros = everyMicros;
  atomic_store(&handled, 0);
  atomic_store(&storming, true);
  return -pthread_create(&storm.sender, NULL, send, NULL);
}

/* How many signals the thread has handled so far. */
int surroundings_signals(void) { return atomic_load(&handled); }

void surroundings_signals_end(void) {
  atomic_store(&storming, false);
  pthread_join(storm.sender, NULL);
  sigaction(SIGUSR1, &storm.before, NULL);
}

/* ---- handlers of other libraries: each calls the one that it has replaced */

#define OTHERS 3

static struct sigaction replaced[OTHERS];
static atomic_int calls_of[OTHERS];

static void pass_on(int which, int signal, siginfo_t *info, void *context) {
  atomic_fetch_add(&calls_of[which], 1);
  const struct sigaction *to = &replaced[which];
  if ((to->sa_flags & SA_SIGINFO) != 0) {
    to->sa_sigaction(signal, info, context);
  } else if (to->sa_handler != SIG_DFL && to->sa_handler != SIG_IGN) {
    to->sa_handler(signal);
  }
}

static void first(int signal, siginfo_t *info, void *context) { pass_on(0, signal, info, context); }
static void second(int signal, siginfo_t *info, void *context) { pass_on(1, signal, info, context); }
static void third(int signal, siginfo_t *info, void *context) { pass_on(2, signal, info, context); }

/* Puts one of the handlers over what handles the signal. Returns 0, or -errno. */
int surroundings_handle(int which, int signal) {
  static void (*const handlers[OTHERS])(int, siginfo_t *, void *) = {first, second, third};
  struct sigaction action = {.sa_sigaction = handlers[which], .sa_flags = SA_SIGINFO};
  return sigaction(signal, &action, &replaced[which]) == 0 ? 0 : -errno;
}

/* How often one of the handlers was called. */
int surroundings_handled(int which) { return atomic_load(&calls_of[which]); }

/* Sends a signal to this thread, whose handlers run before the return. */
int surroundings_raise(int signal) { return raise(signal); }

/* ---- a wall clock that jumps. The monotonic clock is not touched: the JVM hands its times to the kernel. */

static atomic_llong jumped;

void surroundings_jump(int64_t seconds) { atomic_fetch_add(&jumped, seconds); }

EXPORT int clock_gettime(clockid_t clock, struct timespec *time);
int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += atomic_load(&jumped);
  return result;
}

/* ---- threads that the system refuses, as at the limit of a user or a control group */

static atomic_int refusing;
static atomic_int refused;

/* From now on each start of a thread fails; 0 ends that. */
void surroundings_refuse_threads(int yes) { atomic_store(&refusing, yes); }

int surroundings_refused_threads(void) { return atomic_load(&refused); }

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL)
    real = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
  if (atomic_load(&refusing)) {
    atomic_fetch_add(&refused, 1);
    return EAGAIN;
  }
  return real(thread, attributes, body, argument);
}
