package io.jettylb.proxy;

import io.jettylb.balance.LoadReport;
import org.eclipse.jetty.http.HttpFields;

/**
 * Reads the response field in which an upstream tells how many requests it is serving. It is for this hop and goes no
 * further. Immutable.
 */
final class LoadHeader {

    /** Digits of the largest number that is believed, 999,999,999. */
    private static final int MOST_DIGITS = 9;

    private final String name;

    LoadHeader(String name) {
        this.name = name;
    }

    /**
     * Reads it.
     *
     * @param fields of a response
     * @return what the upstream told; null if it told nothing, or nothing that is a number
     */
    LoadReport read(HttpFields fields) {
        String text = fields.get(name);
        if (text == null) {
            return null;
        }
        int inFlight = number(text.strip());
        return inFlight == LoadReport.UNKNOWN ? null : new LoadReport(inFlight, Double.NaN, Double.NaN);
    }

    /** The fields that are for clients: these themselves if it is not among them. */
    HttpFields others(HttpFields fields) {
        return fields.contains(name) ? HttpFields.build(fields).remove(name) : fields;
    }

    private static int number(String text) {
        if (text.isEmpty() || text.length() > MOST_DIGITS) {
            return LoadReport.UNKNOWN;
        }
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return LoadReport.UNKNOWN;
            }
            number = number * 10 + digit - '0';
        }
        return number;
    }
}
