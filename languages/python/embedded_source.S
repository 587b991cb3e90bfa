/* The Python half of the zygote, inside its shared library. */
  .section .rodata
  .global qualm_python_zygote_source
  .hidden qualm_python_zygote_source
  .global qualm_python_zygote_source_end
  .hidden qualm_python_zygote_source_end
qualm_python_zygote_source:
  .incbin QUALM_PYTHON_ZYGOTE_SOURCE
qualm_python_zygote_source_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
