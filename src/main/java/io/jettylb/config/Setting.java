package io.jettylb.config;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;

/**
 * One value of the configuration with its name and place.
 *
 * @param key its last name
 * @param path all its names, as messages show them
 * @param value what was written
 * @param place where it was written
 */
record Setting(String key, String path, ConfigValue value, Place place) {

    boolean is(ConfigValueType type) {
        return value.valueType() == type;
    }
}
