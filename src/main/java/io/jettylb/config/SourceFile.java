package io.jettylb.config;

import java.nio.file.Path;
import java.util.List;

/**
 * One file as read: the configuration itself, or one that it includes.
 *
 * @param name how messages call it
 * @param path where it is, for relative includes
 * @param realPath where it really is, to notice cycles
 * @param text its whole content
 * @param lines the content by lines
 */
record SourceFile(String name, Path path, Path realPath, String text, List<String> lines) {

    SourceFile(String name, Path path, Path realPath, String text) {
        this(name, path, realPath, text, text.lines().toList());
    }

    /** The text of a line that counts from 1; empty for a line that there is not. */
    String line(int number) {
        return number >= 1 && number <= lines.size() ? lines.get(number - 1) : "";
    }
}
