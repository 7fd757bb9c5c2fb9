using System;
using System.Text;

namespace WombatDb
{
    /// <summary>Strings to and from the library: UTF-8 with a zero byte behind it.</summary>
    internal static unsafe class Texts
    {
        internal delegate long Writer(byte* buffer, long capacity);

        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>The bytes of a text, zero byte included.</summary>
        internal static byte[] Encode(string text, string what)
        {
            if (text == null)
            {
                throw new ArgumentNullException(what);
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw Failure.Invalid(what + " holds a zero character");
            }
            try
            {
                byte[] bytes = new byte[Strict.GetByteCount(text) + 1];
                Strict.GetBytes(text, 0, text.Length, bytes, 0);
                return bytes;
            }
            catch (EncoderFallbackException)
            {
                throw Failure.Invalid(what + " is not valid Unicode: half of a surrogate pair is missing");
            }
        }

        /// <summary>A text of the library, up to its zero byte.</summary>
        internal static string Read(byte* text)
        {
            int length = 0;
            while (text != null && text[length] != 0)
            {
                ++length;
            }
            return Read(text, length);
        }

        internal static string Read(byte* text, int length)
        {
            return length == 0 ? "" : Encoding.UTF8.GetString(text, length);
        }

        /// <summary>What a call writes into a buffer that is large enough.</summary>
        internal static string Collect(Writer call)
        {
            byte[] buffer = new byte[4096];
            for (;;)
            {
                fixed (byte* to = buffer)
                {
                    long length = Failure.Check(call(to, buffer.Length));
                    if (length < buffer.Length)
                    {
                        return Read(to, (int)length);
                    }
                    buffer = new byte[length + 1];
                }
            }
        }
    }
}
