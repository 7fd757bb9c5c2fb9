/* wombat.i - the raw layer of Wombat for Java, Go and C#, private to the hand-written layer of each language.
 *
 * SWIG reads two headers: wombat.h for the functions that take and return plain numbers and static texts, and
 * wombat_shim.h, where everything else has a form without structs. Functions of wombat.h that take pointers are hidden:
 * they would come out as opaque proxy classes that nobody should use. Constants are hidden as well: SWIG would make
 * public interfaces and run-time variables of them; bindings/generate_constants.py does better from the same headers.
 *
 * Typemaps go by direction, which the headers spell as `const void *` (read by the call) and `void *` (written by it);
 * each language says in its .swg file what these are. Handles are 64-bit integers everywhere. Nothing throws: failures
 * are numbers (see wombat_shim.h), and the layer above makes exceptions or errors of them.
 */
%module Raw

%{
#include "wombat.h"
#include "wombat_shim.h"
%}

#if defined(SWIGJAVA)
%include "wombat_java.swg"
#elif defined(SWIGGO)
%include "wombat_go.swg"
#elif defined(SWIGCSHARP)
%include "wombat_csharp.swg"
#else
#error wombat.i is made for Java, Go and C#
#endif

typedef signed int int32_t;
typedef unsigned int uint32_t;
typedef signed long long int64_t;
typedef unsigned long long size_t;

/* wombat_shim_put is Raw.put in Java, raw.Put in Go. Of wombat.h itself only these functions are wanted. */
%rename("%(regex:/^wombat_shim_(.*)/\\1/)s", %$isfunction, regextarget=1) "^wombat_shim_";
%rename("$ignore", %$isfunction, regextarget=1) "^wombat_(?!shim_)";
%rename("$ignore", %$isclass) "";
%rename("$ignore", %$isenumitem) "";
%rename("$ignore", %$isconstant) "";
%rename(status_name) wombat_status_name;
%rename(status_help) wombat_status_help;
%rename(status_is_retryable) wombat_status_is_retryable;
%rename(version_string) wombat_version_string;
%rename(version_number) wombat_version_number;
%rename(option_count) wombat_option_count;
%rename(statistic_count) wombat_statistic_count;
%rename(property_count) wombat_property_count;

%include "wombat.h"
%include "wombat_shim.h"
