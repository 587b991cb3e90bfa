/* Starts a JVM as `java` does and runs Problem.main, then proves that it returned.
 *
 * Standard input is a page of memory shared with the harness. It holds a secret; the launcher takes it out before a JVM
 * exists and puts it back when main has returned with no exception and the assertions of Problem were on. The page's
 * descriptor is closed by then, and /proc/self/mem and /proc/self/fd belong to root: Java has no way to either but
 * native code. An early exit of any kind leaves the page empty.
 *
 * Arguments: path of libjvm.so, then the JVM's options.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <jni.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "languages/java/mark.h"

typedef jint (*create_jvm)(JavaVM**, void**, void*);

static struct {
  int count;
  char** arguments;
  volatile unsigned char* page;
  unsigned char secret[QUALM_MARK_BYTES];
  int exit_code;
} launch;

static void take_secret(void) {
  void* page = mmap(NULL, QUALM_MARK_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, STDIN_FILENO, 0);
  const int null = open("/dev/null", O_RDONLY);
  if (page == MAP_FAILED || null < 0 || dup2(null, STDIN_FILENO) < 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    perror("launcher: cannot take the mark");
    exit(120);
  }
  close(null);
  launch.page = page;
  for (int i = 0; i < QUALM_MARK_BYTES; ++i) {
    launch.secret[i] = launch.page[i];
    launch.page[i] = 0;
  }
}

/* Whether the class has assertions and they are on: javac keeps that in a field of its own. */
static int assertions_were_on(JNIEnv* env, jclass problem) {
  jfieldID off = (*env)->GetStaticFieldID(env, problem, "$assertionsDisabled", "Z");
  if (off == NULL) {
    (*env)->ExceptionClear(env);
    return 0;
  }
  return !(*env)->GetStaticBooleanField(env, problem, off);
}

static void run_problem(JNIEnv* env) {
  /* The JDK's own launcher asks this class too: same search, same messages. */
  jclass launcher_helper = (*env)->FindClass(env, "sun/launcher/LauncherHelper");
  jmethodID check = launcher_helper == NULL ? NULL
                                            : (*env)->GetStaticMethodID(env, launcher_helper, "checkAndLoadMain",
                                                                        "(ZILjava/lang/String;)Ljava/lang/Class;");
  if (check == NULL) return;
  jstring name = (*env)->NewStringUTF(env, "Problem");
  const jint by_class_name = 1;
  jclass problem = (*env)->CallStaticObjectMethod(env, launcher_helper, check, JNI_TRUE, by_class_name, name);
  if (problem == NULL) return;
  jmethodID entry = (*env)->GetStaticMethodID(env, problem, "main", "([Ljava/lang/String;)V");
  jclass string = (*env)->FindClass(env, "java/lang/String");
  if (entry == NULL || string == NULL) return;
  jobjectArray arguments = (*env)->NewObjectArray(env, 0, string, NULL);
  (*env)->CallStaticVoidMethod(env, problem, entry, arguments);
  if ((*env)->ExceptionCheck(env)) return;
  launch.exit_code = 0;
  if (assertions_were_on(env, problem)) {
    for (int i = 0; i < QUALM_MARK_BYTES; ++i) launch.page[QUALM_MARK_BYTES + i] = launch.secret[i];
  }
}

/* The JVM's main thread; `java` too makes one instead of using the process's first. */
static void* run_jvm(void* unused) {
  (void)unused;
  void* library = dlopen(launch.arguments[1], RTLD_NOW | RTLD_GLOBAL);
  create_jvm create = library == NULL ? NULL : (create_jvm)dlsym(library, "JNI_CreateJavaVM");
  JavaVMOption* options = calloc((size_t)launch.count, sizeof *options);
  if (create == NULL || options == NULL) {
    fprintf(stderr, "launcher: %s\n", dlerror());
    return NULL;
  }
  for (int i = 2; i < launch.count; ++i) options[i - 2].optionString = launch.arguments[i];
  JavaVMInitArgs start = {JNI_VERSION_10, launch.count - 2, options, JNI_FALSE};
  JavaVM* jvm = NULL;
  JNIEnv* env = NULL;
  if (create(&jvm, (void**)&env, &start) != JNI_OK) {
    fprintf(stderr, "Error: Could not create the Java Virtual Machine.\n");
    return NULL;
  }
  run_problem(env);
  /* An exception that is still pending is reported here, by the thread's handler. */
  if ((*jvm)->DetachCurrentThread(jvm) != JNI_OK) launch.exit_code = 2;
  (*jvm)->DestroyJavaVM(jvm);
  return NULL;
}

int main(int count, char** arguments) {
  launch.count = count;
  launch.arguments = arguments;
  launch.exit_code = 1;
  if (count < 2) return 120;
  take_secret();
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20); /* the JVM's default, that `java` gives its main thread */
  pthread_attr_setguardsize(&attributes, 0);
  if (pthread_create(&thread, &attributes, run_jvm, NULL) != 0) return 120;
  pthread_join(thread, NULL);
  return launch.exit_code;
}
