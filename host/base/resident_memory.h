#pragma once

namespace commsd {

/// Gives what was freed back to the kernel: glibc keeps it otherwise, after a start as after ten
/// thousand streams. Takes some milliseconds and each of the allocator's locks in turn. [any
/// thread]
void return_freed_memory();

/// Lets go of the pages of program files that are mapped: most were read once, while the program
/// and its libraries started. They stay in the kernel's cache, and those that are still used come
/// back when they are touched. For the end of a start. [any thread]
void unmap_program_pages();

}  // namespace commsd
