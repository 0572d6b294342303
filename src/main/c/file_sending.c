/* splice(2) of a file to a socket, and the descriptor of a java.nio.channels.FileChannel.
 *
 * No public method returns the descriptor. sun.nio.ch.FileChannelImpl has it in a private field. JNI does no access
 * checks, so a stock JDK needs no --add-opens. If the field is missing, the function returns -1 and throws nothing, and
 * Java copies the file instead. */
#include "direct.h"
#include "stepoll.h"
#include "io_stepoll_internal_sys_FileSending.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>

_Static_assert(sizeof(off_t) == sizeof(jlong), "a position is a long");

/* The field, or NULL. */
static jfieldID field(JNIEnv *env, jclass type, const char *name, const char *signature) {
  const jfieldID found = (*env)->GetFieldID(env, type, name, signature);
  if (found == NULL) (*env)->ExceptionClear(env);
  return found;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_FileSending_number(JNIEnv *env, jclass type, jobject channel) {
  (void)type;
  const jclass implementation = (*env)->FindClass(env, "sun/nio/ch/FileChannelImpl");
  if (implementation == NULL) {
    (*env)->ExceptionClear(env);
    return -1;
  }
  if (!(*env)->IsInstanceOf(env, channel, implementation)) return -1;
  const jfieldID descriptor = field(env, implementation, "fd", "Ljava/io/FileDescriptor;");
  if (descriptor == NULL) return -1;
  const jobject held = (*env)->GetObjectField(env, channel, descriptor);
  if (held == NULL) return -1;
  const jfieldID number = field(env, (*env)->GetObjectClass(env, held), "fd", "I");
  return number == NULL ? -1 : (*env)->GetIntField(env, held, number);
}

JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_FileSending_intoPipe(JNIEnv *env, jclass type, jint file,
                                                                          jlong position, jint pipe, jlong count) {
  (void)env, (void)type;
  off_t offset = position;
  const ssize_t moved = splice(file, &offset, pipe, NULL, (size_t)count, 0);
  return moved < 0 ? -errno : moved;
}

/* splice has no MSG_NOSIGNAL. So SIGPIPE is blocked during the call, and consumed if it has come. */
JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_FileSending_outOfPipe(JNIEnv *env, jclass type, jint pipe,
                                                                           jint fd, jlong count) {
  (void)env, (void)type;
  sigset_t brokenPipe, before;
  sigemptyset(&brokenPipe);
  sigaddset(&brokenPipe, SIGPIPE);
  direct_sigmask(SIG_BLOCK, &brokenPipe, &before);
  const ssize_t moved = splice(pipe, NULL, fd, NULL, (size_t)count, SPLICE_F_NONBLOCK);
  const jlong answer = moved < 0 ? -errno : moved;
  if (answer == -EPIPE) {
    const struct timespec atOnce = {0, 0};
    while (sigtimedwait(&brokenPipe, NULL, &atOnce) < 0 && errno == EINTR) {
    }
  }
  direct_sigmask(SIG_SETMASK, &before, NULL);
  return answer;
}
