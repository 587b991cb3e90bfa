// attack: declares a class of java.lang for the programs to come
// expect: SyntaxError
// quick: yes
        return "right";
    }
}
package java.lang;
class String { 
