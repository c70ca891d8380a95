package io.jettylb.config;

/**
 * Where something stands in the operator's files.
 *
 * @param file the number of the file in the order of reading
 * @param line from 1; 0 if only the file is known
 * @param column from 0; a guess that serves to order what stands in one line
 */
record Place(int file, int line, int column) implements Comparable<Place> {

    static Place of(int file, int line) {
        return new Place(file, line, 0);
    }

    @Override
    public int compareTo(Place other) {
        if (file != other.file) {
            return Integer.compare(file, other.file);
        }
        return line != other.line ? Integer.compare(line, other.line) : Integer.compare(column, other.column);
    }
}
