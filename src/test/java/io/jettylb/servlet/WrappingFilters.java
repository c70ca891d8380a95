package io.jettylb.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Filters as applications have them: each wraps something, in the usual careless way. */
public final class WrappingFilters {

    private WrappingFilters() {}

    /** Says who the user is, and hides the credentials: overrides all the methods that there are for fields. */
    public static final class Identity implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(
                    new HttpServletRequestWrapper((HttpServletRequest) request) {
                        @Override
                        public String getHeader(String name) {
                            Enumeration<String> values = getHeaders(name);
                            return values.hasMoreElements() ? values.nextElement() : null;
                        }

                        @Override
                        public Enumeration<String> getHeaders(String name) {
                            if (name.equalsIgnoreCase("X-User")) {
                                return Collections.enumeration(List.of("jane"));
                            }
                            return name.equalsIgnoreCase("Authorization")
                                    ? Collections.emptyEnumeration()
                                    : super.getHeaders(name);
                        }

                        @Override
                        public Enumeration<String> getHeaderNames() {
                            List<String> names = new ArrayList<>(Collections.list(super.getHeaderNames()));
                            names.removeIf("Authorization"::equalsIgnoreCase);
                            names.add("X-User");
                            return Collections.enumeration(names);
                        }

                        @Override
                        public String getRemoteAddr() {
                            return "203.0.113.7";
                        }
                    },
                    response);
        }
    }

    /** Overrides one method of several. */
    public static final class OneMethod implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(
                    new HttpServletRequestWrapper((HttpServletRequest) request) {
                        @Override
                        public String getHeader(String name) {
                            return name.equalsIgnoreCase("X-Tenant") ? "changed" : super.getHeader(name);
                        }
                    },
                    response);
        }
    }

    /** Gives other content than the client sent: twice as long, in upper case. */
    public static final class Doubling implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(
                    new HttpServletRequestWrapper((HttpServletRequest) request) {
                        private ServletInputStream stream;

                        @Override
                        public ServletInputStream getInputStream() throws IOException {
                            stream = stream == null ? doubled(super.getInputStream()) : stream;
                            return stream;
                        }
                    },
                    response);
        }

        private static ServletInputStream doubled(ServletInputStream from) {
            return new ServletInputStream() {
                private int again = -1;

                @Override
                public int read() throws IOException {
                    if (again >= 0) {
                        int b = again;
                        again = -1;
                        return b;
                    }
                    int b = from.read();
                    again = b < 0 ? -1 : Character.toUpperCase(b);
                    return again;
                }

                @Override
                public boolean isFinished() {
                    return again < 0 && from.isFinished();
                }

                @Override
                public boolean isReady() {
                    return true;
                }

                @Override
                public void setReadListener(ReadListener listener) {
                    throw new IllegalStateException("blocking only");
                }
            };
        }
    }

    /** Compresses, and finishes when the chain returns. */
    public static final class Compressing implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            Compressed compressed = new Compressed((HttpServletResponse) response);
            try {
                chain.doFilter(request, compressed);
            } finally {
                compressed.finish();
            }
        }
    }

    private static final class Compressed extends HttpServletResponseWrapper {
        private GZIPOutputStream gzip;

        Compressed(HttpServletResponse response) {
            super(response);
        }

        @Override
        public ServletOutputStream getOutputStream() throws IOException {
            if (gzip == null) {
                setHeader("Content-Encoding", "gzip");
                gzip = new GZIPOutputStream(super.getOutputStream(), 512, true);
            }
            return new Through(gzip);
        }

        void finish() throws IOException {
            if (gzip != null) {
                gzip.finish();
            }
        }
    }

    /** Adds to every field value. */
    public static final class Marking implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(request, new HttpServletResponseWrapper((HttpServletResponse) response) {
                @Override
                public void addHeader(String name, String value) {
                    super.addHeader(name, value + "; seen");
                }
            });
        }
    }

    private static final class Through extends ServletOutputStream {
        private final OutputStream to;

        Through(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            to.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            to.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            to.flush();
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("blocking only");
        }
    }
}
