/* Java sources, the jar that they make and the launcher, inside the program: they need no place on the user's machine. */
  .section .rodata
  .global qualm_java_compile_server
  .global qualm_java_compile_server_end
qualm_java_compile_server:
  .incbin QUALM_JAVA_COMPILE_SERVER
qualm_java_compile_server_end:
  .byte 0
  .global qualm_java_typical_program
  .global qualm_java_typical_program_end
qualm_java_typical_program:
  .incbin QUALM_JAVA_TYPICAL_PROGRAM
qualm_java_typical_program_end:
  .byte 0
  .global qualm_java_exports
  .global qualm_java_exports_end
qualm_java_exports:
  .incbin QUALM_JAVA_EXPORTS
qualm_java_exports_end:
  .byte 0
  .global qualm_java_own_classes
  .global qualm_java_own_classes_end
qualm_java_own_classes:
  .incbin QUALM_JAVA_OWN_CLASSES
qualm_java_own_classes_end:
  .byte 0
  .global qualm_java_own_classes_version
qualm_java_own_classes_version:
  .asciz QUALM_JAVA_OWN_CLASSES_VERSION
  .global qualm_java_launcher
  .global qualm_java_launcher_end
qualm_java_launcher:
  .incbin QUALM_JAVA_LAUNCHER
qualm_java_launcher_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
