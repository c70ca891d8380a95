package io.jettylb.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import java.io.File;
import java.net.URL;
import java.nio.file.Path;

/**
 * Answers every kind of include statement. All four interfaces are needed: for a kind that an includer does not
 * implement, the library quietly falls back to its own, which reads anything from anywhere.
 */
final class ConfinedIncluder implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

    private final SourceParser parser;

    ConfinedIncluder(SourceParser parser) {
        this.parser = parser;
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        return what.contains("://") ? refuse(what, "url") : parser.include(what);
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
        return parser.include(what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
        return refuse(what.toString(), "url");
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
        return refuse(what, "classpath");
    }

    private ConfigObject refuse(String what, String kind) {
        parser.includeProblem(
                what,
                "include " + kind + "(" + Display.quoted(what) + ")",
                "not allowed (expected: a file in the folder of the configuration)");
        return ConfigFactory.empty().root();
    }

    /** Whether a path names a parent folder on its way. */
    static boolean climbs(Path path) {
        for (Path segment : path) {
            if (segment.toString().equals("..")) {
                return true;
            }
        }
        return false;
    }
}
