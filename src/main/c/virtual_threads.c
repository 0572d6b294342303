/* The one class look-up of the shim: a builder of virtual threads whose scheduler is ours.
 *
 * java.lang.ThreadBuilders$VirtualThreadBuilder has a package-private constructor that takes the scheduler. JNI does
 * no access checks, so a stock JDK needs no --add-opens for it. Where it is missing, NULL is returned with nothing
 * thrown, and Java says which JDK it was. */
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

/* Which loop runs on this OS thread, 0 for none: the only thing that can be asked of the carrier while a virtual
 * thread is the current one. */
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
