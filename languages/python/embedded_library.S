/* The zygote's shared library, inside the program: it needs no place on the user's machine. */
  .section .rodata
  .global qualm_python_zygote_library
  .global qualm_python_zygote_library_end
qualm_python_zygote_library:
  .incbin QUALM_PYTHON_ZYGOTE_LIBRARY
qualm_python_zygote_library_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
