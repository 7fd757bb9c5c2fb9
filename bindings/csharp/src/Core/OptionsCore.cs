namespace WombatDb
{
    /// <summary>Calls on a native options object, which lives only as long as a database is being opened.</summary>
    internal static unsafe class OptionsCore
    {
        internal static long CreatePreset(string name)
        {
            fixed (byte* text = Texts.Encode(name, "preset"))
            {
                return Failure.Check(Raw.options_create_preset(text));
            }
        }

        internal static void Set(long options, string name, string value)
        {
            fixed (byte* nameText = Texts.Encode(name, "option name"), valueText = Texts.Encode(value, "option value"))
            {
                Failure.Check(Raw.options_set(options, nameText, valueText));
            }
        }

        internal static void Set(long options, string name, long value)
        {
            fixed (byte* text = Texts.Encode(name, "option name"))
            {
                Failure.Check(Raw.options_set_integer(options, text, value));
            }
        }

        internal static void Parse(long options, string text)
        {
            fixed (byte* bytes = Texts.Encode(text, "options text"))
            {
                Failure.Check(Raw.options_parse(options, bytes));
            }
        }

        internal static string Get(long options, string name)
        {
            byte[] bytes = Texts.Encode(name, "option name");
            return Texts.Collect((buffer, capacity) =>
            {
                fixed (byte* text = bytes)
                {
                    return Raw.options_get(options, text, buffer, capacity);
                }
            });
        }

        internal static long GetInt64(long options, string name)
        {
            long value = 0;
            fixed (byte* text = Texts.Encode(name, "option name"))
            {
                Failure.Check(Raw.options_get_integer(options, text, (byte*)&value));
            }
            return value;
        }
    }
}
