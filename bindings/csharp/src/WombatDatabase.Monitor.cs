using System;
using System.Collections.Generic;

namespace WombatDb
{
    public sealed unsafe partial class WombatDatabase
    {
        /// <summary>All statistics since the database was opened, by name.</summary>
        public IReadOnlyDictionary<string, long> GetStatistics()
        {
            long[] values = new long[Raw.statistic_count()];
            var all = new Dictionary<string, long>(values.Length);
            fixed (long* to = values)
            {
                long count = Failure.Check(Raw.statistics(_core.Number, (byte*)to, values.Length));
                for (int i = 0; i < count; ++i)
                {
                    all[Texts.Read(Raw.statistic_name(i))] = values[i];
                }
            }
            GC.KeepAlive(_core);
            return all;
        }

        /// <summary>A report of all statistics and properties for people.</summary>
        public string GetReport() => Report(Constants.FormatText);

        /// <summary>A report of all statistics and properties for programs.</summary>
        public string GetReportAsJson() => Report(Constants.FormatJson);

        /// <summary>The present value of a property, such as "levels".</summary>
        public string GetProperty(string name)
        {
            byte[] bytes = Texts.Encode(name, "property name");
            string value = Texts.Collect((buffer, capacity) =>
            {
                fixed (byte* text = bytes)
                {
                    return Raw.property(_core.Number, text, buffer, capacity);
                }
            });
            GC.KeepAlive(_core);
            return value;
        }

        /// <summary>The present value of a property that is a number, such as "disk.bytes".</summary>
        public long GetPropertyInt64(string name)
        {
            long value = 0;
            fixed (byte* text = Texts.Encode(name, "property name"))
            {
                Failure.Check(Raw.property_integer(_core.Number, text, (byte*)&value));
            }
            GC.KeepAlive(_core);
            return value;
        }

        /// <summary>The value of an option of this open database.</summary>
        public string GetOption(string name)
        {
            byte[] bytes = Texts.Encode(name, "option name");
            string value = Texts.Collect((buffer, capacity) =>
            {
                fixed (byte* text = bytes)
                {
                    return Raw.get_option(_core.Number, text, buffer, capacity);
                }
            });
            GC.KeepAlive(_core);
            return value;
        }

        /// <summary>
        /// Changes an option of this open database; only those that are mutable. Not stored: the next open uses its own options.
        /// </summary>
        public void SetOption(string name, string value)
        {
            fixed (byte* nameText = Texts.Encode(name, "option name"), valueText = Texts.Encode(value, "option value"))
            {
                Failure.Check(Raw.set_option(_core.Number, nameText, valueText));
            }
            GC.KeepAlive(_core);
        }

        private string Report(int format)
        {
            string report = Texts.Collect((buffer, capacity) => Raw.report(_core.Number, format, buffer, capacity));
            GC.KeepAlive(_core);
            return report;
        }
    }

    /// <summary>The native library that runs.</summary>
    public static unsafe class WombatLibrary
    {
        /// <summary>Its version, such as "0.1.0".</summary>
        public static string Version => Texts.Read(Raw.version_string());

        /// <summary>Its version as one number: 10000 * major + 100 * minor + patch.</summary>
        public static int VersionNumber => (int)Raw.version_number();

        /// <summary>All statistics that there are, with one line about each.</summary>
        public static IReadOnlyDictionary<string, string> DescribeStatistics()
        {
            var all = new Dictionary<string, string>();
            for (int i = 0; i < Raw.statistic_count(); ++i)
            {
                all[Texts.Read(Raw.statistic_name(i))] = Texts.Read(Raw.statistic_help(i));
            }
            return all;
        }

        /// <summary>All properties that there are, with one line about each.</summary>
        public static IReadOnlyDictionary<string, string> DescribeProperties()
        {
            var all = new Dictionary<string, string>();
            for (int i = 0; i < Raw.property_count(); ++i)
            {
                all[Texts.Read(Raw.property_name(i))] = Texts.Read(Raw.property_help(i));
            }
            return all;
        }

        /// <summary>Whether it was built with a feature, such as "zlib".</summary>
        public static bool HasFeature(string name)
        {
            fixed (byte* text = Texts.Encode(name, "feature name"))
            {
                return Raw.feature(text) != 0;
            }
        }

        /// <summary>The name of a status in <c>wombat.h</c>, such as "CORRUPTION".</summary>
        public static string NameOf(WombatStatus status) => Texts.Read(Raw.status_name((int)status));

        /// <summary>One sentence about what a status means and what to do.</summary>
        public static string HelpFor(WombatStatus status) => Texts.Read(Raw.status_help((int)status));

        /// <summary>Whether a call that ended so may succeed later without anything being repaired.</summary>
        public static bool IsRetryable(WombatStatus status) => Raw.status_is_retryable((int)status) != 0;
    }
}
