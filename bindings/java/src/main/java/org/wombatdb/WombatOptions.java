package org.wombatdb;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Settings with which a database is opened. Immutable.
 *
 * <pre>{@code
 * var options = WombatOptions.builder()
 *     .preset("durable")
 *     .set(OptionName.CACHE_SIZE, "512MiB")
 *     .build();
 * }</pre>
 */
public final class WombatOptions {
  /** Does one thing to a native options object. */
  private interface Step {
    long apply(long options);
  }

  private final byte[] preset;
  private final List<Step> steps;
  private final LogListener log;

  private WombatOptions(Builder builder) {
    preset = builder.preset;
    steps = List.copyOf(builder.steps);
    log = builder.log;
  }

  /** {@return options with default values} */
  public static WombatOptions defaults() {
    return builder().build();
  }

  /** {@return a builder that starts from default values} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return a builder that starts from these options} */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.preset = preset;
    builder.steps.addAll(steps);
    builder.log = log;
    return builder;
  }

  /**
   * {@return the value of an option as text; sizes are in bytes}
   *
   * @param name one of {@link OptionName}
   */
  public String get(String name) {
    byte[] text = Text.encode(name, "option name");
    long options = create();
    try {
      return Text.read(text, (in, out, capacity) -> Raw.options_get(options, in, out, capacity));
    } finally {
      Raw.options_destroy(options);
    }
  }

  /**
   * {@return the value of a numeric, size or bool option}
   *
   * @param name one of {@link OptionName}
   */
  public long getLong(String name) {
    byte[] text = Text.encode(name, "option name");
    long options = create();
    try {
      return Text.readLong(text, (in, out) -> Raw.options_get_integer(options, in, out));
    } finally {
      Raw.options_destroy(options);
    }
  }

  /** {@return all options that there are, ordered by name} */
  public static List<OptionInfo> describe() {
    List<OptionInfo> all = new ArrayList<>();
    for (int i = 0; i < Raw.option_count(); ++i) {
      int index = i;
      all.add(OptionInfo.parse(Text.read((out, capacity) -> Raw.option_describe(index, out, capacity))));
    }
    return List.copyOf(all);
  }

  /** {@return a native options object with these settings, to be destroyed by the caller} */
  long create() {
    long options = WombatException.check(preset == null ? Raw.options_create() : Text.pass(preset, Raw::options_create_preset));
    try {
      for (Step step : steps) {
        WombatException.check(step.apply(options));
      }
      return options;
    } catch (Throwable failure) {
      Raw.options_destroy(options);
      throw failure;
    }
  }

  /** {@return where messages go, or null} */
  LogListener log() {
    return log;
  }

  /** Collects settings. What is wrong with one is said by {@link #build}. For one thread. */
  public static final class Builder {
    private final List<Step> steps = new ArrayList<>();
    private byte[] preset;
    private LogListener log;

    private Builder() {}

    /**
     * Starts from a preset, such as "durable", instead of default values.
     *
     * @param name its name
     * @return this builder
     */
    public Builder preset(String name) {
      preset = Text.encode(name, "preset");
      return this;
    }

    /**
     * Sets an option from text.
     *
     * @param name one of {@link OptionName}
     * @param value such as "512MiB", "true", "always"
     * @return this builder
     */
    public Builder set(String name, String value) {
      byte[] nameText = Text.encode(name, "option name");
      byte[] valueText = Text.encode(value, "option value");
      steps.add(options -> Text.pass(nameText, valueText, (in, text) -> Raw.options_set(options, in, text)));
      return this;
    }

    /**
     * Sets a numeric, size or bool option.
     *
     * @param name one of {@link OptionName}
     * @param value the number; 1 or 0 for a bool
     * @return this builder
     */
    public Builder set(String name, long value) {
      byte[] nameText = Text.encode(name, "option name");
      steps.add(options -> Text.pass(nameText, in -> Raw.options_set_integer(options, in, value)));
      return this;
    }

    /**
     * Sets many options.
     *
     * @param text "name=value" separated by ';' or line ends; '#' begins a comment
     * @return this builder
     */
    public Builder parse(String text) {
      byte[] bytes = Text.encode(text, "options text");
      steps.add(options -> Text.pass(bytes, in -> Raw.options_parse(options, in)));
      return this;
    }

    /**
     * Sends messages of databases opened with these options to a listener.
     *
     * @param listener called on a thread of its own
     * @return this builder
     */
    public Builder log(LogListener listener) {
      log = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * {@return the options}
     *
     * @throws WombatException {@link Status#UNKNOWN_OPTION}, {@link Status#INVALID_ARGUMENT} or
     *     {@link Status#UNSUPPORTED}, saying what is allowed
     */
    public WombatOptions build() {
      WombatOptions made = new WombatOptions(this);
      Raw.options_destroy(made.create());
      return made;
    }
  }
}
