# Plain comments to those of Doxygen: the first is the file's, one behind a declaration belongs to
# it, every other to what follows. Words that Doxygen would take for markup stay words.
/^ *(\/\*|\*)/ {
  s/[@#\\]([A-Za-z])/\\\0/g
  s/<([A-Za-z])/\\<\1/g
}
1s|^/\* (.*)|/** \\file\n * \1|
t
s|([;,{]) +/\* |\1 /**< |
t
s|^( *)/\* |\1/** |
