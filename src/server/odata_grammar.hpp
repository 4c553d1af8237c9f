// Grammar of the OData filters that the server understands.
#pragma once

#include <tao/pegtl.hpp>

namespace wats::server::odata {

namespace peg = tao::pegtl;

// NOLINTBEGIN(readability-identifier-naming): rules are spelt as in the grammar, as PEGTL's own are.
struct blank : peg::one<' ', '\t', '\r', '\n'> {};
struct blanks : peg::plus<blank> {};
struct gap : peg::star<blank> {};

template <char... Letters>
struct word : peg::seq<peg::istring<Letters...>, peg::not_at<peg::identifier_other>> {};

struct null_literal : word<'n', 'u', 'l', 'l'> {};
struct true_literal : word<'t', 'r', 'u', 'e'> {};
struct false_literal : word<'f', 'a', 'l', 's', 'e'> {};
struct boolean_literal : peg::sor<true_literal, false_literal> {};

struct string_literal
    : peg::seq<peg::one<'\''>, peg::star<peg::sor<peg::string<'\'', '\''>, peg::not_one<'\''>>>,
               peg::one<'\''>> {};

template <unsigned Count>
struct hex : peg::rep<Count, peg::xdigit> {};
struct dash : peg::one<'-'> {};
struct guid_literal : peg::seq<hex<8>, dash, hex<4>, dash, hex<4>, dash, hex<4>, dash, hex<12>> {};

struct date
    : peg::seq<peg::rep<4, peg::digit>, dash, peg::rep<2, peg::digit>, dash, peg::rep<2, peg::digit>> {};
struct clock : peg::seq<peg::rep<2, peg::digit>, peg::one<':'>, peg::rep<2, peg::digit>,
                        peg::opt<peg::one<':'>, peg::rep<2, peg::digit>,
                                 peg::opt<peg::one<'.'>, peg::rep_min_max<1, 7, peg::digit>>>> {};
struct zone : peg::sor<peg::one<'Z', 'z'>, peg::seq<peg::one<'+', '-', ' '>, peg::rep<2, peg::digit>,
                                                    peg::one<':'>, peg::rep<2, peg::digit>>> {};
struct date_literal : peg::seq<date, peg::opt<peg::one<'T', 't'>, clock, peg::opt<zone>>> {};

struct number_literal
    : peg::seq<peg::opt<peg::one<'-', '+'>>, peg::plus<peg::digit>,
               peg::opt<peg::one<'.'>, peg::plus<peg::digit>>,
               peg::opt<peg::one<'e', 'E'>, peg::opt<peg::one<'-', '+'>>, peg::plus<peg::digit>>> {};

struct literal
    : peg::sor<null_literal, boolean_literal, string_literal, guid_literal, date_literal, number_literal> {};

struct field : peg::identifier {};

struct op_eq : word<'e', 'q'> {};
struct op_ne : word<'n', 'e'> {};
struct op_gt : word<'g', 't'> {};
struct op_ge : word<'g', 'e'> {};
struct op_lt : word<'l', 't'> {};
struct op_le : word<'l', 'e'> {};
struct compare_op : peg::sor<op_eq, op_ne, op_gt, op_ge, op_lt, op_le> {};
struct comparison : peg::seq<field, blanks, compare_op, blanks, literal> {};

struct in_list : peg::seq<peg::one<'('>, gap, peg::list<literal, peg::one<','>, blank>, gap, peg::one<')'>> {
};
struct membership : peg::seq<field, blanks, word<'i', 'n'>, gap, in_list> {};

struct contains_name : word<'c', 'o', 'n', 't', 'a', 'i', 'n', 's'> {};
struct startswith_name : word<'s', 't', 'a', 'r', 't', 's', 'w', 'i', 't', 'h'> {};
struct endswith_name : word<'e', 'n', 'd', 's', 'w', 'i', 't', 'h'> {};
struct function_name : peg::sor<contains_name, startswith_name, endswith_name> {};
struct function : peg::seq<function_name, gap, peg::one<'('>, gap, field, gap, peg::one<','>, gap,
                           string_literal, gap, peg::one<')'>> {};

struct expression;
struct group : peg::seq<peg::one<'('>, gap, expression, gap, peg::one<')'>> {};
struct primary : peg::sor<group, function, membership, comparison> {};
struct negation : word<'n', 'o', 't'> {};
struct term : peg::seq<peg::star<negation, gap>, primary> {};
struct and_separator : peg::seq<blanks, word<'a', 'n', 'd'>, gap> {};
struct or_separator : peg::seq<blanks, word<'o', 'r'>, gap> {};
struct conjunction : peg::list<term, and_separator> {};
struct expression : peg::list<conjunction, or_separator> {};
struct filter : peg::seq<gap, expression, gap, peg::eof> {};
// NOLINTEND(readability-identifier-naming)

}  // namespace wats::server::odata
