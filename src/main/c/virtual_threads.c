/* A builder of virtual threads with a scheduler of the library.
 *
 * java.lang.ThreadBuilders$VirtualThreadBuilder has a package-private constructor that takes the scheduler. JNI does no
 * access checks, so a stock JDK needs no --add-opens. If the constructor is missing, the function returns NULL and
 * throws nothing, and Java's message names the JDK. If the JVM has no continuations, the constructor itself throws an
 * UnsupportedOperationException, which stays pending for Java. */
#include "stepoll.h"
#include "io_stepoll_internal_sys_VirtualThreads.h"

JNIEXPORT jobject JNICALL Java_io_stepoll_internal_sys_VirtualThreads_builder(JNIEnv *env, jclass type,
                                                                              jobject scheduler) {
  (void)type;
  const jclass builder = (*env)->FindClass(env, "java/lang/ThreadBuilders$VirtualThreadBuilder");
  if (builder == NULL) {
    (*env)->ExceptionClear(env);
    return NULL;
  }
  const jmethodID constructor = (*env)->GetMethodID(env, builder, "<init>", "(Ljava/util/concurrent/Executor;)V");
  if (constructor == NULL) {
    (*env)->ExceptionClear(env);
    return NULL;
  }
  return (*env)->NewObject(env, builder, constructor, scheduler);
}

/* The loop that runs on this OS thread; 0 for none. While a virtual thread is the current thread, nothing else leads
 * from the virtual thread to its carrier. */
static _Thread_local jlong loopOfThread;

JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_VirtualThreads_setLoopOfThread(JNIEnv *env, jclass type,
                                                                                    jlong loop) {
  (void)env, (void)type;
  const jlong before = loopOfThread;
  loopOfThread = loop;
  return before;
}

JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_VirtualThreads_loopOfThread(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  return loopOfThread;
}

/* The JDK keeps the carrier of a mounted virtual thread in a field of the thread. No public method leads there without
 * an allocation. */
JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_VirtualThreads_mountedOn(JNIEnv *env, jclass type, jobject thread,
                                                                             jobject carrier) {
  (void)type;
  const jfieldID field = (*env)->GetFieldID(env, (*env)->GetObjectClass(env, thread), "carrierThread",
                                            "Ljava/lang/Thread;");
  if (field == NULL) {
    (*env)->ExceptionClear(env);
    return -1;
  }
  const jobject mountedOn = (*env)->GetObjectField(env, thread, field);
  return mountedOn != NULL && (*env)->IsSameObject(env, mountedOn, carrier) ? 1 : 0;
}
