/* Signals that Java takes over, by sigaction(2). No module of the JDK is needed for them.
 *
 * The handler counts the signal and wakes the thread that waits in `take`. It may use only what is safe in a handler:
 * atomic numbers and futex(2). There is no descriptor, which one thread could close while a handler runs on another.
 *
 * A signal that is not Java's any more, or that a forked child gets, goes to the handler of before, the JVM's for
 * instance. The functions are called by one thread at a time, but `take`. */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Signals.h"

#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SAME(name) _Static_assert(name == io_stepoll_internal_sys_Signals_##name, #name)
SAME(SIGHUP);
SAME(SIGINT);
SAME(SIGUSR1);
SAME(SIGALRM);
SAME(SIGTERM);
SAME(SIGCHLD);
SAME(SIGCONT);
SAME(SIGTSTP);
SAME(SIGTTIN);
SAME(SIGTTOU);
SAME(SIGURG);
SAME(SIGVTALRM);
SAME(SIGPROF);
SAME(SIGWINCH);
SAME(SIGIO);
SAME(SIGPWR);

#define SIGNALS 32 /* more than the greatest number above */

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "atomic numbers are safe in a signal handler");

static _Atomic int taken[SIGNALS];   /* whether the signal is Java's */
static _Atomic int pending[SIGNALS]; /* how many have come that `take` has not returned */

static struct sigaction former[SIGNALS]; /* what a signal that is given back gets */
static struct sigaction bottom[SIGNALS]; /* what our handler passes a signal on to; it does not lead back to ours */
static jboolean left[SIGNALS];           /* whether somebody has put a handler over ours, so that ours stays */
static _Atomic int changes;              /* the futex: raised by each signal and each change of the reader */
static _Atomic int reader;               /* which thread may wait; 0 for none so far */
static _Atomic pid_t owner;

static void wake(void) {
  atomic_fetch_add(&changes, 1);
  syscall(SYS_futex, &changes, FUTEX_WAKE_PRIVATE, INT_MAX);
}

static void pass_on(int signal, siginfo_t *info, void *context) {
  const struct sigaction *to = &bottom[signal];
  if ((to->sa_flags & SA_SIGINFO) != 0) {
    to->sa_sigaction(signal, info, context);
  } else if (to->sa_handler == SIG_DFL) {
    sigaction(signal, to, NULL);
    raise(signal); /* comes when this handler returns */
  } else if (to->sa_handler != SIG_IGN) {
    to->sa_handler(signal);
  }
}

static void handle(int signal, siginfo_t *info, void *context) {
  const int before = errno;
  if (atomic_load(&taken[signal]) && getpid() == atomic_load(&owner)) {
    atomic_fetch_add(&pending[signal], 1);
    wake();
  } else {
    pass_on(signal, info, context);
  }
  errno = before;
}

static int is_ours(const struct sigaction *action) {
  return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == handle;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_takeOver(JNIEnv *env, jclass type, jint signal) {
  (void)env, (void)type;
  struct sigaction now;
  if (sigaction(signal, NULL, &now) < 0) return -errno;
  if ((now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_IGN) return 1;
  atomic_store(&owner, getpid());
  atomic_store(&pending[signal], 0);
  atomic_store(&taken[signal], 1); /* before the handler can run, which asks for it first */
  if (is_ours(&now)) return 0;
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  if (sigaction(signal, &action, &now) < 0) {
    const jint error = -errno;
    atomic_store(&taken[signal], 0);
    return error;
  }
  former[signal] = now;
  if (!left[signal]) bottom[signal] = now;
  return 0;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_giveBack(JNIEnv *env, jclass type, jint signal) {
  if (!atomic_exchange(&taken[signal], 0)) return 0;
  struct sigaction now;
  if (sigaction(signal, NULL, &now) < 0) return -errno;
  if (is_ours(&now)) {
    const jint error = result(sigaction(signal, &former[signal], NULL));
    /* What came and no reader has taken has the effect that it had before. */
    if (error == 0 && atomic_exchange(&pending[signal], 0) > 0) kill(getpid(), signal);
    return error;
  }
  /* The other handler may know ours. So this library must not be unloaded, nor the class with it. */
  if (!left[signal]) (*env)->NewGlobalRef(env, type);
  left[signal] = JNI_TRUE;
  return 0;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_nextReader(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  const jint next = atomic_fetch_add(&reader, 1) + 1;
  wake();
  return next;
}

/* Takes one of what is pending of a signal. */
static int take_one(int signal) {
  int count = atomic_load(&pending[signal]);
  while (count > 0 && !atomic_compare_exchange_weak(&pending[signal], &count, count - 1)) {
  }
  return count > 0;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_take(JNIEnv *env, jclass type, jint as) {
  (void)env, (void)type;
  for (;;) {
    const int seen = atomic_load(&changes);
    if (atomic_load(&reader) != as) return 0;
    for (int signal = 1; signal < SIGNALS; signal++) {
      if (take_one(signal)) return signal;
    }
    syscall(SYS_futex, &changes, FUTEX_WAIT_PRIVATE, seen, NULL); /* returns at a change, or for nothing */
  }
}
