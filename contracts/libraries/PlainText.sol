// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title Form of the short texts that strangers store on chain.
/// @notice Everything here is one printable ASCII line, so that no reader (log, terminal, web page) can be tricked by
/// what it displays. Only the form is checked: a CID may name nothing, a URL may lead nowhere.
library PlainText {
    /// @notice 3 to 40 of `a-z 0-9 -`, no hyphen at either end.
    function isSlug(string memory text) internal pure returns (bool) {
        bytes memory s = bytes(text);
        if (s.length < 3 || s.length > 40 || s[0] == "-" || s[s.length - 1] == "-") return false;
        for (uint256 i = 0; i < s.length; ++i) {
            if (!_isLower(s[i]) && !_isDigit(s[i]) && s[i] != "-") return false;
        }
        return true;
    }

    /// @notice 8 to 128 letters and digits.
    function isCid(string memory text) internal pure returns (bool) {
        bytes memory s = bytes(text);
        if (s.length < 8 || s.length > 128) return false;
        for (uint256 i = 0; i < s.length; ++i) {
            if (!_isLower(s[i]) && !_isUpper(s[i]) && !_isDigit(s[i])) return false;
        }
        return true;
    }

    /// @notice 1 to 64 of the characters of an SPDX expression: letters, digits, `. - + ( )` and space.
    function isLicence(string memory text) internal pure returns (bool) {
        bytes memory s = bytes(text);
        if (s.length == 0 || s.length > 64) return false;
        for (uint256 i = 0; i < s.length; ++i) {
            bytes1 c = s[i];
            bool mark = c == "." || c == "-" || c == "+" || c == "(" || c == ")" || c == " ";
            if (!mark && !_isLower(c) && !_isUpper(c) && !_isDigit(c)) return false;
        }
        return true;
    }

    /// @notice `http://` or `https://` and more, 8 to 256 characters of RFC 3986 without quotes and brackets.
    function isUrl(string memory text) internal pure returns (bool) {
        bytes memory s = bytes(text);
        if (s.length > 256 || (!_startsWith(s, "http://") && !_startsWith(s, "https://"))) return false;
        for (uint256 i = 0; i < s.length; ++i) {
            bytes1 c = s[i];
            bool printable = c > 0x20 && c < 0x7f;
            bool active = c == "\"" || c == "'" || c == "<" || c == ">" || c == "\\" || c == "`" || c == "{" || c == "}";
            if (!printable || active || c == "|" || c == "^") return false;
        }
        return true;
    }

    /// @dev True when something follows the prefix.
    function _startsWith(bytes memory s, bytes memory prefix) private pure returns (bool) {
        if (s.length <= prefix.length) return false;
        for (uint256 i = 0; i < prefix.length; ++i) {
            if (s[i] != prefix[i]) return false;
        }
        return true;
    }

    function _isLower(bytes1 c) private pure returns (bool) {
        return c >= "a" && c <= "z";
    }

    function _isUpper(bytes1 c) private pure returns (bool) {
        return c >= "A" && c <= "Z";
    }

    function _isDigit(bytes1 c) private pure returns (bool) {
        return c >= "0" && c <= "9";
    }
}
