// attack: a call of the x32 interface
// levels: full no-proc seccomp
// expect: signal 31
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  const long result = syscall(0x40000000L | SYS_getpid);
  printf("escaped with %ld\n", result);
  return 0;
}
