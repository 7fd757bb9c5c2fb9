/* What Java needs beside the functions that SWIG wraps: native memory, and calls back into Java on the calling thread. */
#include <jni.h>
#include <stdint.h>
#include <stdlib.h>

JNIEXPORT jobject JNICALL Java_org_wombatdb_NativeMemory_allocate(JNIEnv* env, jclass type, jint size) {
  jobject buffer;
  void* memory = malloc((size_t)size);
  (void)type;
  if (memory == NULL) return NULL;
  buffer = (*env)->NewDirectByteBuffer(env, memory, size);
  if (buffer == NULL) free(memory);
  return buffer;
}

JNIEXPORT void JNICALL Java_org_wombatdb_NativeMemory_free(JNIEnv* env, jclass type, jobject buffer) {
  (void)type;
  free((*env)->GetDirectBufferAddress(env, buffer));
}

JNIEXPORT jlong JNICALL Java_org_wombatdb_NativeMemory_addressOf(JNIEnv* env, jclass type, jobject buffer) {
  (void)type;
  return (jlong)(intptr_t)(*env)->GetDirectBufferAddress(env, buffer);
}

/* A progress listener during one call, which stays on its thread: so the JNIEnv may be kept. */
typedef struct listener {
  JNIEnv* env;
  jobject object;
  jmethodID report;
} listener;

static int32_t report_progress(void* user_data, uint64_t done, uint64_t total) {
  const listener* to = (const listener*)user_data;
  JNIEnv* env = to->env;
  jboolean goes_on;
  if ((*env)->ExceptionCheck(env)) return 1;
  goes_on = (*env)->CallBooleanMethod(env, to->object, to->report, (jlong)done, (jlong)total);
  /* A listener that throws ends the call; Java sees the exception when the native method returns. */
  return (*env)->ExceptionCheck(env) || !goes_on;
}

JNIEXPORT jlong JNICALL Java_org_wombatdb_NativeProgress_function(JNIEnv* env, jclass type) {
  (void)env;
  (void)type;
  return (jlong)(intptr_t)report_progress;
}

/* Runs NativeProgress.run() of `task` with a listener that may call `listener_object`; 0 without memory. */
JNIEXPORT jlong JNICALL Java_org_wombatdb_NativeProgress_run(JNIEnv* env, jclass type, jobject task,
                                                             jobject object) {
  jlong result;
  listener here;
  jmethodID call = (*env)->GetMethodID(env, (*env)->GetObjectClass(env, task), "applyAsLong", "(J)J");
  (void)type;
  if (call == NULL) return 0;
  here.env = env;
  here.object = object;
  here.report = (*env)->GetMethodID(env, (*env)->GetObjectClass(env, object), "report", "(JJ)Z");
  if (here.report == NULL) return 0;
  result = (*env)->CallLongMethod(env, task, call, (jlong)(intptr_t)&here);
  return result;
}
