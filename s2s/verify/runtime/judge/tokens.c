// SPDX-License-Identifier: Apache-2.0
//
// Splits lines into numbers and words exactly as s2s/verify/tokens.py does; a test compares them.
// Bytes are taken for Latin-1 characters, as there.

#define _GNU_SOURCE
#include "judge.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

struct text {
  const char *at;
  size_t size;
};

static unsigned char byte(struct text t, size_t i) {
  return i < t.size ? (unsigned char)t.at[i] : 0;
}

static bool is_digit(struct text t, size_t i) {
  return i < t.size && byte(t, i) >= '0' && byte(t, i) <= '9';
}

static bool is_hex(struct text t, size_t i) {
  unsigned char c = byte(t, i) | 0x20;
  return is_digit(t, i) || (i < t.size && c >= 'a' && c <= 'f');
}

static bool is_letter(struct text t, size_t i) {
  unsigned char c = byte(t, i);
  return i < t.size && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_');
}

static bool is_word(struct text t, size_t i) {
  unsigned char c = byte(t, i);
  if (i >= t.size || c < 0x80)
    return is_letter(t, i) || is_digit(t, i);
  return c == 0xAA || c == 0xB2 || c == 0xB3 || c == 0xB5 || c == 0xB9 || c == 0xBA ||
         (c >= 0xBC && c <= 0xBE) || (c >= 0xC0 && c != 0xD7 && c != 0xF7);
}

static bool is_space(struct text t, size_t i) {
  unsigned char c = byte(t, i);
  return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xA0;
}

static size_t after_sign(struct text t, size_t i) {
  return byte(t, i) == '+' || byte(t, i) == '-' ? i + 1 : i;
}

static size_t digits_end(struct text t, size_t i) {
  while (is_digit(t, i))
    i++;
  return i;
}

static bool starts_with(struct text t, size_t i, const char *word) {
  size_t length = strlen(word);
  return i + length <= t.size && !strncasecmp(t.at + i, word, length);
}

// Each of these returns the end of the token that starts at `begin`, 0 for none.

static size_t hexadecimal_end(struct text t, size_t begin) {
  size_t i = after_sign(t, begin);
  if (!starts_with(t, i, "0x"))
    return 0;
  i += 2;
  size_t digits = i;
  while (is_hex(t, i))
    i++;
  bool any = i > digits;
  if (byte(t, i) == '.' && (any || is_hex(t, i + 1))) {
    i++;
    while (is_hex(t, i))
      i++;
  } else if (!any)
    return 0;
  if (byte(t, i) == 'p' || byte(t, i) == 'P') {
    size_t power = after_sign(t, i + 1);
    if (is_digit(t, power))
      i = digits_end(t, power);
  }
  return is_word(t, i) || byte(t, i) == '.' ? 0 : i;
}

static size_t special_end(struct text t, size_t begin) {
  size_t i = after_sign(t, begin);
  if (starts_with(t, i, "nan")) {
    size_t end = i + 3;
    if (byte(t, end) == '(') {
      size_t close = end + 1;
      while (close < t.size && byte(t, close) != ')' && !is_space(t, close))
        close++;
      if (byte(t, close) == ')' && !is_word(t, close + 1))
        return close + 1;
    }
    return is_word(t, end) ? 0 : end;
  }
  if (starts_with(t, i, "infinity") && !is_word(t, i + 8))
    return i + 8;
  return starts_with(t, i, "inf") && !is_word(t, i + 3) ? i + 3 : 0;
}

// Tells whether a number may end here: before something else than a letter, or before a unit of
// time (s, ms, us, ns, sec, msecs).
static bool may_end(struct text t, size_t i) {
  if (!is_letter(t, i) && !is_digit(t, i))
    return true;
  unsigned char scale = byte(t, i) | 0x20;
  if (scale == 'm' || scale == 'u' || scale == 'n')
    i++;
  for (const char **unit = (const char *[]){"s", "sec", "secs", 0}; *unit; unit++) {
    size_t end = i + strlen(*unit);
    if (starts_with(t, i, *unit) && !is_letter(t, end) && !is_digit(t, end))
      return true;
  }
  return false;
}

static size_t number_end(struct text t, size_t begin) {
  size_t first = after_sign(t, begin), end = digits_end(t, first);
  if (byte(t, end) == '.' && is_digit(t, end + 1))
    end = digits_end(t, end + 1);
  if (end == first)
    return 0;
  if (byte(t, end) == 'e' || byte(t, end) == 'E') {
    size_t power = after_sign(t, end + 1);
    if (is_digit(t, power))
      end = digits_end(t, power);
  }
  return may_end(t, end) ? end : 0;
}

static size_t word_end(struct text t, size_t begin) {
  size_t i = begin + 1;
  if (is_letter(t, begin) || is_digit(t, begin))
    while (is_word(t, i))
      i++;
  return i;
}

static double ulp(double value) {
  value = fabs(value);
  return isfinite(value) ? nextafter(value, INFINITY) - value : value;
}

static char *copied(const char *text, size_t length, char *small, size_t size) {
  char *copy = length < size ? small : malloc(length + 1);
  if (!copy)
    give_up("no memory left", "");
  memcpy(copy, text, length);
  copy[length] = 0;
  return copy;
}

static double power_of_ten(long power) {
  char text[32];
  snprintf(text, sizeof text, "1e%ld", power);
  return strtod(text, NULL);
}

static void read_number(struct token *token, char *text) {
  token->value = strtod(text, NULL);
  char *mark = strpbrk(text, "eE"), *point = strchr(text, '.');
  if (!mark && !point)
    return;
  char *end = mark ? mark : text + token->length;
  int decimals = point ? (int)(end - point) - 1 : 0;
  long power = (mark ? strtol(mark + 1, NULL, 10) : 0) - decimals;
  token->unit = power > -320 && power < 300 ? power_of_ten(power) : 5e-324;
  token->format = (struct number_format){mark != NULL, decimals};
  for (char *c = text; c < end; c++)
    if (isdigit((unsigned char)*c) && (token->digits || *c != '0'))
      token->digits++;
}

static void read_value(struct token *token, bool is_hexadecimal) {
  char small[64], *text = copied(token->text, token->length, small, sizeof small);
  token->is_number = true;
  if (!is_hexadecimal)
    read_number(token, text);
  else if (strpbrk(text, "pP.")) {
    token->value = strtod(text, NULL);
    token->unit = ulp(token->value);
  } else
    token->is_number = false; // a hexadecimal integer is a word
  if (text != small)
    free(text);
}

bool is_integer(const struct token *token) {
  return token->is_number && token->unit == 0 && isfinite(token->value);
}

// Return the number of tokens; the array grows as needed and can be used for the next line.
size_t split_line(const char *line, size_t length, struct token **tokens, size_t *capacity) {
  struct text t = {line, length};
  size_t count = 0;
  for (size_t i = 0, end; i < length; i = end) {
    if (is_space(t, i)) {
      end = i + 1;
      continue;
    }
    size_t hexadecimal = hexadecimal_end(t, i), special = 0, number = 0;
    if (!hexadecimal && !(special = special_end(t, i)))
      number = number_end(t, i);
    end = hexadecimal ? hexadecimal : special ? special : number ? number : word_end(t, i);
    if (count == *capacity) {
      *capacity = *capacity ? 2 * *capacity : 64;
      *tokens = realloc(*tokens, *capacity * sizeof **tokens);
      if (!*tokens)
        give_up("no memory left", "");
    }
    struct token *token = &(*tokens)[count++];
    *token = (struct token){.text = line + i, .length = end - i};
    if (special) {
      token->is_number = true;
      bool is_nan = starts_with(t, after_sign(t, i), "nan");
      token->value = is_nan ? NAN : byte(t, i) == '-' ? -INFINITY : INFINITY;
    } else if (hexadecimal || number)
      read_value(token, hexadecimal != 0);
  }
  return count;
}
