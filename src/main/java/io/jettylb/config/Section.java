package io.jettylb.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One block of the configuration. Each accessor answers its fallback where nothing is written, and also where what is
 * written is wrong: then the problem has been noted, and validation goes on.
 */
final class Section {

    private final Sources sources;
    private final Problems problems;
    private final ConfigObject object;
    private final String path;
    private final Place place;

    Section(Sources sources, Problems problems, ConfigObject object, String path, Place place) {
        this.sources = sources;
        this.problems = problems;
        this.object = object;
        this.path = path;
        this.place = place;
    }

    /** Where relative paths of files begin; see {@link Sources#base()}. */
    Path base() {
        return sources.base();
    }

    String path() {
        return path;
    }

    Place place() {
        return place;
    }

    boolean has(String key) {
        return object.containsKey(key);
    }

    /** All settings in the order of the file, which the library does not keep. */
    List<Setting> settings() {
        return object.keySet().stream()
                .map(this::raw)
                .sorted(Comparator.comparing(Setting::place).thenComparing(Setting::key))
                .toList();
    }

    private Setting raw(String key) {
        return new Setting(
                key,
                Display.child(path, key),
                object.get(key),
                sources.place(object.get(key).origin(), key, place));
    }

    /** A setting that is written and is not null. */
    Optional<Setting> setting(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        Setting setting = raw(key);
        if (setting.is(ConfigValueType.NULL)) {
            problems.add(setting, "a value, or no such key");
            return Optional.empty();
        }
        return Optional.of(setting);
    }

    /** A block in this one. */
    Optional<Section> section(String key) {
        return setting(key).flatMap(s -> section(s, "a block in braces"));
    }

    /** A setting as a block. */
    Optional<Section> section(Setting setting, String expected) {
        if (!setting.is(ConfigValueType.OBJECT)) {
            problems.add(setting, expected);
            return Optional.empty();
        }
        return Optional.of(
                new Section(sources, problems, (ConfigObject) setting.value(), setting.path(), setting.place()));
    }

    /** Complains about every key that is not in the vocabulary. */
    void checkKeys(Vocabulary vocabulary) {
        for (Setting setting : settings()) {
            if (!vocabulary.keys().contains(setting.key())) {
                unknown(vocabulary, setting);
            }
        }
    }

    void unknown(Vocabulary vocabulary, Setting setting) {
        problems.add(setting, vocabulary.complaint(setting.key()), vocabulary.expected(setting.key()));
    }

    Optional<String> text(String key, String expected) {
        return setting(key).flatMap(s -> text(s, expected));
    }

    /** A setting as a string that is not empty. */
    Optional<String> text(Setting setting, String expected) {
        if (Scalars.isText(setting.value())) {
            String text = Scalars.text(setting.value());
            if (!text.isBlank()) {
                return Optional.of(text);
            }
        }
        problems.add(setting, expected);
        return Optional.empty();
    }

    int integer(String key, int min, int max, int fallback) {
        return setting(key)
                .map(s -> noted(s, Scalars.integer(s.value(), min, max), min + ".." + max, fallback))
                .orElse(fallback);
    }

    boolean bool(String key, boolean fallback) {
        return setting(key)
                .map(s -> noted(s, Scalars.bool(s.value()), "true or false", fallback))
                .orElse(fallback);
    }

    double decimal(String key, int min, int max, double fallback) {
        return setting(key)
                .map(s -> noted(s, Scalars.decimal(s.value(), min, max), min + ".." + max, fallback))
                .orElse(fallback);
    }

    /** A duration that may be zero, which means that there is no such thing. */
    Duration off(String key, Duration fallback) {
        return duration(key, fallback, true, "0s for off, or 1ms to 1d");
    }

    /** A duration that may be zero, which means that nobody waits. */
    Duration atOnce(String key, Duration fallback) {
        return duration(key, fallback, true, "0s for at once, or 1ms to 1d");
    }

    /** A duration that may be zero, which means never. */
    Duration never(String key, Duration fallback) {
        return duration(key, fallback, true, "0s for never, or 1ms to 1d");
    }

    /** A duration that may be zero, which means without limit. */
    Duration limit(String key, Duration fallback) {
        return duration(key, fallback, true, "0s for no limit, or 1ms to 1d");
    }

    /** A duration that must not be zero. */
    Duration duration(String key, Duration fallback) {
        return duration(key, fallback, false, "1ms to 1d");
    }

    private Duration duration(String key, Duration fallback, boolean zero, String range) {
        return setting(key)
                .map(s -> noted(
                        s,
                        Scalars.duration(s.value(), zero),
                        Scalars.isBareNumber(s.value()) ? "a duration with a unit, such as 5s" : range,
                        fallback))
                .orElse(fallback);
    }

    private <T> T noted(Setting setting, Optional<T> read, String expected, T fallback) {
        if (read.isEmpty()) {
            problems.add(setting, expected);
        }
        return read.orElse(fallback);
    }

    /** The members of a list, each under its index. */
    Optional<List<Setting>> list(String key, String expected) {
        Optional<Setting> list = setting(key);
        if (list.isPresent() && !list.get().is(ConfigValueType.LIST)) {
            problems.add(list.get(), expected);
            return Optional.empty();
        }
        return list.map(this::members);
    }

    /** The members of a setting that is a list. */
    List<Setting> members(Setting list) {
        ConfigList values = (ConfigList) list.value();
        List<Setting> members = new ArrayList<>();
        Place before = list.place();
        for (ConfigValue value : values) {
            String begin = value.valueType() == ConfigValueType.OBJECT
                    ? "{"
                    : Scalars.isText(value) ? Scalars.text(value) : "[";
            before = sources.member(value.origin(), begin, before, list.place());
            members.add(new Setting(list.key(), list.path() + "[" + members.size() + "]", value, before));
        }
        return members;
    }

    /** The same block under another name in messages. */
    Section at(String otherPath) {
        return new Section(sources, problems, object, otherPath, place);
    }

    /** All of the block as plain Java values. */
    Map<String, Object> plain() {
        return object.unwrapped();
    }

    Problems problems() {
        return problems;
    }
}
