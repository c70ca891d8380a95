package io.jettylb.config;

import java.util.List;

/** A configuration that cannot be used, with all its problems. */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    /**
     * Creates the exception.
     *
     * @param problems one readable line each, {@code file:line: path: actual (expected: …)}; at least one
     */
    public ConfigException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
        this.problems = List.copyOf(problems);
    }

    /**
     * The problems, in the order of the file.
     *
     * @return one readable line each
     */
    public List<String> problems() {
        return problems;
    }
}
