package org.wombatdb;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Finds and loads the native part, once. Looks at the file that system property {@code org.wombatdb.library} names, then
 * into {@code java.library.path}, then into the jar, from where the file is copied to a cache directory: under a name
 * that holds the hash of its content, so that it is copied once, whatever number of programs and versions use it.
 */
final class NativeLibrary {
  private static final String NAME = "wombat_java";
  private static final String PROPERTY_FILE = "org.wombatdb.library";
  private static final String PROPERTY_CACHE = "org.wombatdb.cache";

  private static boolean isLoaded;

  private NativeLibrary() {}

  static synchronized void load() {
    if (isLoaded) {
      return;
    }
    List<String> tried = new ArrayList<>();
    if (!loadNamedFile(tried) && !loadFromPath(tried) && !loadFromJar(tried)) {
      throw new UnsatisfiedLinkError("The native library of Wombat was not found. Tried: " + String.join("; ", tried));
    }
    isLoaded = true;
  }

  private static boolean loadNamedFile(List<String> tried) {
    String file = System.getProperty(PROPERTY_FILE);
    if (file == null) {
      return false;
    }
    return loadFile(Path.of(file).toAbsolutePath(), "system property " + PROPERTY_FILE, tried);
  }

  private static boolean loadFromPath(List<String> tried) {
    try {
      System.loadLibrary(NAME);
      return true;
    } catch (UnsatisfiedLinkError error) {
      tried.add("java.library.path: " + error.getMessage());
      return false;
    }
  }

  private static boolean loadFromJar(List<String> tried) {
    String resource = "/META-INF/native/" + platform() + "/" + System.mapLibraryName(NAME);
    try (InputStream in = NativeLibrary.class.getResourceAsStream(resource)) {
      if (in == null) {
        tried.add("the jar holds no " + resource);
        return false;
      }
      return loadFile(extract(in.readAllBytes()), "copied from the jar", tried);
    } catch (IOException exception) {
      tried.add("copying " + resource + " from the jar: " + exception);
      return false;
    }
  }

  private static boolean loadFile(Path file, String where, List<String> tried) {
    try {
      System.load(file.toString());
      return true;
    } catch (UnsatisfiedLinkError error) {
      tried.add(file + " (" + where + "): " + error.getMessage());
      return false;
    }
  }

  /** {@return the platform as jar and loader spell it, such as "linux-x86_64"} */
  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    if (system.startsWith("mac")) {
      system = "macos";
    } else if (system.startsWith("windows")) {
      system = "windows";
    }
    return switch (machine) {
      case "amd64", "x64" -> system + "-x86_64";
      case "arm64" -> system + "-aarch64";
      default -> system + "-" + machine;
    };
  }

  private static Path extract(byte[] library) throws IOException {
    Path folder = cacheFolder();
    Files.createDirectories(folder);
    Path file = folder.resolve("wombat-" + sha256(library).substring(0, 32) + "-" + System.mapLibraryName(NAME));
    if (Files.exists(file) && Files.size(file) == library.length) {
      return file;
    }
    Path unfinished = Files.createTempFile(folder, "wombat-", ".tmp");
    try {
      Files.write(unfinished, library);
      makeExecutable(unfinished);
      try {
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException exception) {
        Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(unfinished);
    }
    return file;
  }

  private static void makeExecutable(Path file) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static Path cacheFolder() {
    String chosen = System.getProperty(PROPERTY_CACHE);
    if (chosen != null) {
      return Path.of(chosen).toAbsolutePath();
    }
    String cacheHome = System.getenv("XDG_CACHE_HOME");
    if (cacheHome != null && !cacheHome.isEmpty()) {
      return Path.of(cacheHome, "wombat").toAbsolutePath();
    }
    return Path.of(System.getProperty("user.home"), ".cache", "wombat").toAbsolutePath();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException exception) {
      throw new AssertionError("every Java platform has SHA-256", exception);
    }
  }
}
