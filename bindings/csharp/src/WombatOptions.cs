using System;
using System.Collections.Generic;

namespace WombatDb
{
    /// <summary>Settings with which a database is opened.</summary>
    /// <example><code>
    /// var options = new WombatOptions("durable") { [OptionNames.CacheSize] = "512MiB" };
    /// </code></example>
    public sealed class WombatOptions
    {
        private readonly string? _preset;
        private readonly List<Action<long>> _steps = new();

        /// <summary>Default values.</summary>
        public WombatOptions()
        {
        }

        /// <summary>The values of a preset, such as "durable".</summary>
        /// <exception cref="WombatException">There is no such preset.</exception>
        public WombatOptions(string preset)
        {
            ArgumentNullException.ThrowIfNull(preset);
            _preset = preset;
            Raw.options_destroy(Create());
        }

        /// <summary>
        /// Receives the messages of the database, on a thread of its own, one after the other. Messages never hold keys or values.
        /// </summary>
        public Action<WombatLogLevel, string>? Log { get; set; }

        /// <summary>An option as text: one of <see cref="OptionNames"/>. Sizes come out in bytes.</summary>
        /// <exception cref="WombatException">The name or the value is not allowed; the message says what is.</exception>
        public string this[string name]
        {
            get => With(options => OptionsCore.Get(options, name));
            set => Add(options => OptionsCore.Set(options, name, value));
        }

        /// <summary>Sets a numeric, size or bool option.</summary>
        public WombatOptions Set(string name, long value)
        {
            Add(options => OptionsCore.Set(options, name, value));
            return this;
        }

        /// <summary>Sets an option from text.</summary>
        public WombatOptions Set(string name, string value)
        {
            Add(options => OptionsCore.Set(options, name, value));
            return this;
        }

        /// <summary>Sets many options: "name=value" separated by ';' or line ends; '#' begins a comment.</summary>
        public WombatOptions Parse(string text)
        {
            Add(options => OptionsCore.Parse(options, text));
            return this;
        }

        /// <summary>The value of a numeric, size or bool option.</summary>
        public long GetInt64(string name) => With(options => OptionsCore.GetInt64(options, name));

        /// <summary>All options that there are, ordered by name.</summary>
        public static unsafe IReadOnlyList<OptionInfo> Describe()
        {
            var all = new List<OptionInfo>();
            for (long i = 0; i < Raw.option_count(); ++i)
            {
                long index = i;
                all.Add(OptionInfo.Parse(Texts.Collect((buffer, capacity) => Raw.option_describe(index, buffer, capacity))));
            }
            return all;
        }

        /// <summary>A native options object with these settings, which the caller destroys.</summary>
        internal long Create()
        {
            long options = _preset == null ? Failure.Check(Raw.options_create()) : OptionsCore.CreatePreset(_preset);
            try
            {
                foreach (Action<long> step in _steps)
                {
                    step(options);
                }
                return options;
            }
            catch
            {
                Raw.options_destroy(options);
                throw;
            }
        }

        private void Add(Action<long> step)
        {
            _steps.Add(step);
            try
            {
                Raw.options_destroy(Create());
            }
            catch
            {
                _steps.RemoveAt(_steps.Count - 1);
                throw;
            }
        }

        private T With<T>(Func<long, T> call)
        {
            long options = Create();
            try
            {
                return call(options);
            }
            finally
            {
                Raw.options_destroy(options);
            }
        }
    }

    /// <summary>Types of option values.</summary>
    public enum OptionType
    {
        /// <summary>"true" or "false"; as number 1 or 0.</summary>
        Bool = 0,
        /// <summary>A whole number.</summary>
        Integer = 1,
        /// <summary>Bytes; as text also with KiB, MiB, GiB, TiB.</summary>
        Size = 2,
        /// <summary>One of several words; as number its place among them.</summary>
        Choice = 3,
        /// <summary>Any text.</summary>
        Text = 4,
        /// <summary>A decimal number; as number in thousandths.</summary>
        Real = 5,
    }

    /// <summary>Description of an option.</summary>
    /// <param name="Name">Such as "memtable.size".</param>
    /// <param name="Type">What its values are.</param>
    /// <param name="IsMutable">Whether <see cref="WombatDatabase.SetOption"/> can change it.</param>
    /// <param name="IsSupported">False: reserved for a later version.</param>
    /// <param name="IsPerKeyspace">Whether a keyspace may have its own value.</param>
    /// <param name="Minimum">Smallest number.</param>
    /// <param name="Maximum">Greatest number.</param>
    /// <param name="DefaultValue">As text.</param>
    /// <param name="Choices">The words allowed for <see cref="OptionType.Choice"/>.</param>
    /// <param name="Help">One line.</param>
    public sealed record OptionInfo(string Name, OptionType Type, bool IsMutable, bool IsSupported, bool IsPerKeyspace,
        long Minimum, long Maximum, string DefaultValue, IReadOnlyList<string> Choices, string Help)
    {
        /// <summary>From the lines of <c>wombat_shim_option_describe</c>.</summary>
        internal static OptionInfo Parse(string text)
        {
            string[] line = text.Split('\n');
            return new OptionInfo(line[0], (OptionType)int.Parse(line[1]), line[2] == "1", line[3] == "1", line[4] == "1",
                long.Parse(line[5]), long.Parse(line[6]), line[7], line[8].Split('|', StringSplitOptions.RemoveEmptyEntries), line[9]);
        }
    }
}
