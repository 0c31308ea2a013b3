#pragma once

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "plugin_bed.h"

namespace commsd::plugin {

/// Keys and signatures made by minisign itself, as an author makes them.
class MinisignBed : public PluginBed {
 protected:
  /// Makes a pair of keys; the public one is `folder()`/NAME.pub.
  std::string make_key(const std::string& name) const {
    run("minisign -G -f -W -p " + name + ".pub -s " + name + ".key");
    return folder() + "/" + name + ".pub";
  }
  /// Puts the public key of that name where the host looks for them.
  void install_key(const std::string& name) const {
    std::filesystem::create_directory(keys());
    std::filesystem::permissions(keys(), std::filesystem::perms(0755));
    write(keys() + "/" + name + ".pub", read(folder() + "/" + name + ".pub"));
  }
  std::string keys() const { return folder() + "/keys"; }

  /// Signs as the key of that name, beside the file. `how`: "" or "-l", the way of old versions.
  void sign(const std::string& path, const std::string& name, const std::string& comment,
            const std::string& how = "") const {
    run("minisign -S -W " + how + " -s " + name + ".key -t '" + comment + "' -m " + path);
  }
  void run(const std::string& command) const {
    const std::string whole = "cd " + folder() + " && " + command + " </dev/null >command.log 2>&1";
    ASSERT_EQ(std::system(whole.c_str()), 0) << command << "\n" << read(folder() + "/command.log");
  }
};

}  // namespace commsd::plugin
