/* Puts the manifest into a plugin that is built without CMake:
 *   cc -c -DCOMMS_MANIFEST_JSON='"manifest.json"' manifest_section.S
 * "a": part of the loaded image; "R": retained, or --gc-sections would drop it. */
  .section .comms.manifest, "aR", @progbits
  .incbin COMMS_MANIFEST_JSON
  .section .note.GNU-stack, "", @progbits
